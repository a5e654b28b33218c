# What belongs to an installation besides the program: units for systemd, the user they run as, examples; and the
# Debian package, which CPack makes of all that is installed. Included by the top CMakeLists.txt. It is here because it
# installs the program, which is the command line's.
include(GNUInstallDirs)
set(package_dir ${CMAKE_CURRENT_LIST_DIR})
set(units_dir ${PROJECT_BINARY_DIR}/units)
option(THIG_PACKAGE "Test the Debian package; ./dev package sets it, and the prefix /usr" OFF)

# systemd looks below /usr/local, too.
file(READ ${package_dir}/systemd/service.conf THIG_SERVICE)
file(READ ${package_dir}/systemd/sandbox.conf THIG_SANDBOX)
foreach(service thig-hooks thig-hooks-incoming thig-hooks-admin thig-hooks-deliver)
  configure_file(${package_dir}/systemd/${service}.service.in ${units_dir}/${service}.service @ONLY)
  install(FILES ${units_dir}/${service}.service DESTINATION lib/systemd/system)
endforeach()
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
  ${package_dir}/systemd/service.conf ${package_dir}/systemd/sandbox.conf)
install(FILES ${package_dir}/systemd/thig-hooks-deliver.timer DESTINATION lib/systemd/system)
install(FILES ${package_dir}/sysusers.conf RENAME thig-hooks.conf DESTINATION lib/sysusers.d)
install(FILES ${package_dir}/tmpfiles.conf RENAME thig-hooks.conf DESTINATION lib/tmpfiles.d)
set(examples_dir share/doc/thig-hooks/examples)
install(FILES ${package_dir}/examples/config.json ${package_dir}/examples/grafana-dashboard.json
  ${package_dir}/examples/prometheus-alerts.yml ${package_dir}/examples/thig-hooks-notify.socket
  ${package_dir}/examples/thig-hooks-notify.service ${package_dir}/examples/thig-hooks-notify@.service
  DESTINATION ${examples_dir})
install(PROGRAMS ${package_dir}/examples/notify DESTINATION ${examples_dir})

# The changelog names the version that is packaged.
set(package_release 1)
file(STRINGS ${package_dir}/debian/changelog newest LIMIT_COUNT 1)
if(NOT newest MATCHES "^thig-hooks \\(${PROJECT_VERSION}-${package_release}\\) ")
  message(FATAL_ERROR "${package_dir}/debian/changelog has no entry for ${PROJECT_VERSION}-${package_release}: ${newest}")
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME thig-hooks)
set(CPACK_PACKAGE_VENDOR thig-hooks)
set(CPACK_PACKAGE_CONTACT "Seed 901094c5 maintainers <maintainers@users.noreply.r-seed-901094c5.example>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "webhooks from the command line, over one database file")
set(CPACK_PACKAGE_DESCRIPTION "thig-hooks sends signed HTTPS notifications when events happen, retries
what fails, and tells for every delivery what became of it and why. It
receives webhooks of other services, too, checks their signatures and acts
on them.
.
There is one program and one database file. A page for browsers and an HTTP
API can be served; units for systemd are included, and none is started unless
it is enabled.")
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE ${package_release})
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# What makes the user and the folder; the standalone ones are for containers.
set(CPACK_DEBIAN_PACKAGE_DEPENDS
  "systemd | systemd-standalone-sysusers, systemd | systemd-standalone-tmpfiles, ca-certificates")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${package_dir}/debian/postinst ${package_dir}/debian/prerm
  ${package_dir}/debian/postrm ${PROJECT_BINARY_DIR}/conffiles)
file(WRITE ${PROJECT_BINARY_DIR}/conffiles "/etc/thig-hooks/config.json\n")
set(CPACK_PRE_BUILD_SCRIPTS ${package_dir}/finish.cmake)
set(CPACK_THIG_PACKAGE_DIR ${package_dir})
include(CPack)

if(THIG_PACKAGE)
  enable_testing()
  find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter)
  add_test(NAME package
    COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/package/test_package.py)
  set_tests_properties(package PROPERTIES LABELS package TIMEOUT 1800
    ENVIRONMENT "THIG_PACKAGE_DIR=${PROJECT_BINARY_DIR}")
endif()

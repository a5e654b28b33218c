# Run by CPack between installing into a folder of its own and packing that: what a Debian package has besides what
# `cmake --install` installs, and how it wants it compressed.
set(root ${CPACK_TEMPORARY_INSTALL_DIRECTORY})
set(doc ${root}/usr/share/doc/thig-hooks)

file(MAKE_DIRECTORY ${root}/etc/thig-hooks ${doc})
configure_file(${CPACK_THIG_PACKAGE_DIR}/config.json ${root}/etc/thig-hooks/config.json COPYONLY)
configure_file(${CPACK_THIG_PACKAGE_DIR}/debian/copyright ${doc}/copyright COPYONLY)
configure_file(${CPACK_THIG_PACKAGE_DIR}/debian/changelog ${doc}/changelog.Debian COPYONLY)
file(CHMOD ${root}/etc/thig-hooks/config.json ${doc}/copyright ${doc}/changelog.Debian
  PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)

# Debian has zsh and fish look elsewhere than below share.
file(MAKE_DIRECTORY ${root}/usr/share/zsh/vendor-completions)
file(RENAME ${root}/usr/share/zsh/site-functions/_thig-hooks ${root}/usr/share/zsh/vendor-completions/_thig-hooks)
file(REMOVE_RECURSE ${root}/usr/share/zsh/site-functions)
# Units are looked for below /lib alone by Debian's own tools.
if(NOT EXISTS ${root}/lib/systemd)
  file(MAKE_DIRECTORY ${root}/lib/systemd)
  file(RENAME ${root}/usr/lib/systemd/system ${root}/lib/systemd/system)
  file(REMOVE_RECURSE ${root}/usr/lib/systemd)
endif()

file(GLOB pages ${root}/usr/share/man/man*/*.[157])
if(NOT pages)
  message(FATAL_ERROR "there are no manual pages: build the target man_pages first")
endif()
execute_process(COMMAND gzip -9nf ${pages} ${doc}/changelog.Debian COMMAND_ERROR_IS_FATAL ANY)
file(GLOB_RECURSE folders LIST_DIRECTORIES true ${root}/*)
foreach(folder ${folders})
  if(IS_DIRECTORY ${folder} AND NOT IS_SYMLINK ${folder})
    file(CHMOD ${folder} PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
  endif()
endforeach()

# Compiles the hand-written pages of man/ into thig_cli, for `thig-hooks help`. Included by
# cli/CMakeLists.txt it adds the build step; run as a script by that step it writes the source file.
if(CMAKE_SCRIPT_MODE_FILE)
  set(arrays "")
  set(rows "")
  file(GLOB pages ${MAN_DIR}/*.[1-9])
  foreach(page ${pages})
    get_filename_component(name ${page} NAME_WLE)
    get_filename_component(section ${page} LAST_EXT)
    string(SUBSTRING ${section} 1 -1 section)
    string(MAKE_C_IDENTIFIER ${name} array)
    file(READ ${page} hex HEX)
    string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${hex}")
    string(APPEND arrays "constexpr char ${array}[] = {${bytes}};\n")
    string(APPEND rows "    {\"${name}\", ${section}, {${array}, sizeof ${array}}},\n")
  endforeach()
  file(WRITE ${OUTPUT} "// Generated from man/ by embed_manual.cmake.
#include \"cli/help/man_pages.h\"

namespace thig {

namespace {
${arrays}}  // namespace

std::vector<ManPage> written_pages() {
  return {
${rows}  };
}

}  // namespace thig
")
  return()
endif()

file(GLOB written_pages CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/man/*.[1-9])
set(manual_cpp ${PROJECT_BINARY_DIR}/generated/written_pages.cpp)
add_custom_command(
  OUTPUT ${manual_cpp}
  COMMAND ${CMAKE_COMMAND} -D MAN_DIR=${PROJECT_SOURCE_DIR}/man -D OUTPUT=${manual_cpp}
          -P ${CMAKE_CURRENT_LIST_FILE}
  DEPENDS ${CMAKE_CURRENT_LIST_FILE} ${written_pages}
  COMMENT "Embedding the manual pages"
  VERBATIM)
target_sources(thig_cli PRIVATE ${manual_cpp})

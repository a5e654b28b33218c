# Takes the verifiers out of man/thig-hooks-signing.7 and compiles them into thig_web_pages_outgoing, so that
# there is no second copy of them. Included by core/CMakeLists.txt it adds the build step; run as a
# script by that step it writes the source file.
if(CMAKE_SCRIPT_MODE_FILE)
  file(READ ${PAGE} page)
  set(arrays "")
  set(rows "")
  foreach(language Node Python Shell)
    # From its heading to the end of the example that follows.
    string(FIND "${page}" ".SS ${language}\n" at)
    if(at EQUAL -1)
      message(FATAL_ERROR "${PAGE} has no verifier for ${language}")
    endif()
    string(SUBSTRING "${page}" ${at} -1 rest)
    string(FIND "${rest}" "\n.EX\n" from)
    string(FIND "${rest}" "\n.EE\n" to)
    math(EXPR from "${from} + 5")
    math(EXPR length "${to} - ${from} + 1")
    string(SUBSTRING "${rest}" ${from} ${length} program)
    # What roff writes otherwise.
    string(REPLACE "\\-" "-" program "${program}")
    string(REPLACE "\\(ha" "^" program "${program}")
    string(REPLACE "\\(aq" "'" program "${program}")
    string(REPLACE "\\e" "\\" program "${program}")
    file(WRITE ${OUTPUT}.program "${program}")
    file(READ ${OUTPUT}.program hex HEX)
    string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${hex}")
    string(APPEND arrays "constexpr char k${language}[] = {${bytes}};\n")
    string(APPEND rows "    {\"${language}\", {k${language}, sizeof k${language}}},\n")
  endforeach()
  file(WRITE ${OUTPUT} "// Generated from man/thig-hooks-signing.7 by embed_verifiers.cmake.
#include \"core/web/pages/outgoing/verifiers.h\"

namespace thig::pages {

namespace {
${arrays}
constexpr Verifier kVerifiers[] = {
${rows}};
}  // namespace

std::span<const Verifier> verifiers() { return kVerifiers; }

}  // namespace thig::pages
")
  return()
endif()

set(verifiers_page ${PROJECT_SOURCE_DIR}/man/thig-hooks-signing.7)
set(verifiers_cpp ${PROJECT_BINARY_DIR}/generated/verifiers.cpp)
add_custom_command(
  OUTPUT ${verifiers_cpp}
  COMMAND ${CMAKE_COMMAND} -D PAGE=${verifiers_page} -D OUTPUT=${verifiers_cpp}
          -P ${CMAKE_CURRENT_LIST_FILE}
  DEPENDS ${CMAKE_CURRENT_LIST_FILE} ${verifiers_page}
  COMMENT "Taking the verifiers out of their manual page"
  VERBATIM)
target_sources(thig_web_pages_outgoing PRIVATE ${verifiers_cpp})

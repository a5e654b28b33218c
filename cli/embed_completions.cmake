# Compiles completions/* into thig_cli. Included by cli/CMakeLists.txt it adds the build step; run as
# a script by that step it writes the source file.
if(CMAKE_SCRIPT_MODE_FILE)
  set(rows "")
  foreach(script "bash thig-hooks.bash" "zsh _thig-hooks" "fish thig-hooks.fish")
    string(REPLACE " " ";" script ${script})
    list(GET script 0 shell)
    list(GET script 1 file)
    file(READ ${SCRIPT_DIR}/${file} text)
    string(APPEND rows "    {\"${shell}\", R\"script(${text})script\"},\n")
  endforeach()
  file(WRITE ${OUTPUT} "// Generated from completions/ by embed_completions.cmake.
#include \"cli/help/completion_scripts.h\"

namespace thig {

namespace {
constexpr CompletionScript kScripts[] = {
${rows}};
}  // namespace

std::span<const CompletionScript> completion_scripts() { return kScripts; }

}  // namespace thig
")
  return()
endif()

set(script_dir ${PROJECT_SOURCE_DIR}/completions)
set(scripts_cpp ${PROJECT_BINARY_DIR}/generated/completion_scripts.cpp)
add_custom_command(
  OUTPUT ${scripts_cpp}
  COMMAND ${CMAKE_COMMAND} -DSCRIPT_DIR=${script_dir} -DOUTPUT=${scripts_cpp}
          -P ${CMAKE_CURRENT_LIST_FILE}
  DEPENDS ${script_dir}/thig-hooks.bash ${script_dir}/_thig-hooks ${script_dir}/thig-hooks.fish
          ${CMAKE_CURRENT_LIST_FILE}
  COMMENT "Embedding the completions"
  VERBATIM)
target_sources(thig_cli PRIVATE ${scripts_cpp})

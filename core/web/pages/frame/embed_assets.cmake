# Compiles core/web/pages/frame/assets/* into thig_web_pages_frame. Included by core/CMakeLists.txt it adds the
# build step; run as a script by that step it writes the source file.
if(CMAKE_SCRIPT_MODE_FILE)
  set(types css "text/css; charset=utf-8" js "text/javascript; charset=utf-8" svg "image/svg+xml")
  file(GLOB files ${ASSET_DIR}/*)
  set(rows "")
  foreach(file ${files})
    get_filename_component(name ${file} NAME)
    get_filename_component(ending ${file} LAST_EXT)
    string(SUBSTRING ${ending} 1 -1 ending)
    list(FIND types ${ending} at)
    math(EXPR at "${at} + 1")
    list(GET types ${at} type)
    # As bytes, for a compiler takes no string literal that long.
    file(READ ${file} hex HEX)
    string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${hex}")
    string(MAKE_C_IDENTIFIER ${name} variable)
    string(APPEND arrays "constexpr char k_${variable}[] = {${bytes}};\n")
    string(APPEND rows "    {\"${name}\", \"${type}\", {k_${variable}, sizeof k_${variable}}},\n")
  endforeach()
  file(WRITE ${OUTPUT} "// Generated from core/web/pages/frame/assets/ by embed_assets.cmake.
#include \"core/web/pages/frame/assets.h\"

namespace thig::pages {

namespace {
${arrays}
constexpr Asset kAssets[] = {
${rows}};
}  // namespace

std::span<const Asset> assets() { return kAssets; }

}  // namespace thig::pages
")
  return()
endif()

set(asset_dir ${PROJECT_SOURCE_DIR}/core/web/pages/frame/assets)
set(assets_cpp ${PROJECT_BINARY_DIR}/generated/assets.cpp)
file(GLOB asset_files CONFIGURE_DEPENDS ${asset_dir}/*)
add_custom_command(
  OUTPUT ${assets_cpp}
  COMMAND ${CMAKE_COMMAND} -DASSET_DIR=${asset_dir} -DOUTPUT=${assets_cpp}
          -P ${CMAKE_CURRENT_LIST_DIR}/embed_assets.cmake
  DEPENDS ${asset_files} ${CMAKE_CURRENT_LIST_DIR}/embed_assets.cmake
  COMMENT "Embedding the style sheet and the script of the pages"
  VERBATIM)
target_sources(thig_web_pages_frame PRIVATE ${assets_cpp})

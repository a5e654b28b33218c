# Compiles core/api/schemas/*.json into thig_web. Included by core/CMakeLists.txt it adds the build
# step; run as a script by that step it writes the source file.
if(CMAKE_SCRIPT_MODE_FILE)
  file(GLOB files ${SCHEMA_DIR}/*.json)
  set(rows "")
  foreach(file ${files})
    get_filename_component(name ${file} NAME_WE)
    file(READ ${file} text)
    string(APPEND rows "    {\"${name}\", R\"schema(${text})schema\"},\n")
  endforeach()
  file(WRITE ${OUTPUT} "// Generated from core/api/schemas/ by embed_schemas.cmake.
#include \"core/web/schemas.h\"

namespace thig {

namespace {
constexpr Schema kSchemas[] = {
${rows}};
}  // namespace

std::span<const Schema> schemas() { return kSchemas; }

std::string_view schema_text(std::string_view name) {
  for (const Schema& schema : kSchemas) {
    if (schema.name == name) return schema.text;
  }
  return {};
}

}  // namespace thig
")
  return()
endif()

set(schema_dir ${PROJECT_SOURCE_DIR}/core/api/schemas)
set(schemas_cpp ${PROJECT_BINARY_DIR}/generated/schemas.cpp)
file(GLOB schema_files CONFIGURE_DEPENDS ${schema_dir}/*.json)
add_custom_command(
  OUTPUT ${schemas_cpp}
  COMMAND ${CMAKE_COMMAND} -DSCHEMA_DIR=${schema_dir} -DOUTPUT=${schemas_cpp}
          -P ${CMAKE_CURRENT_LIST_DIR}/embed_schemas.cmake
  DEPENDS ${schema_files} ${CMAKE_CURRENT_LIST_DIR}/embed_schemas.cmake
  COMMENT "Embedding the schemas of documents"
  VERBATIM)
target_sources(thig_web PRIVATE ${schemas_cpp})

# Compiles core/store/sqlite/schema/*.sql into thig_store_sqlite. Included by core/CMakeLists.txt it
# adds the build step; run as a script by that step it writes the source file.
if(CMAKE_SCRIPT_MODE_FILE)
  file(GLOB files ${SCHEMA_DIR}/*.sql)
  list(SORT files)
  set(rows "")
  foreach(file IN LISTS files)
    get_filename_component(number ${file} NAME_WE)
    string(REGEX REPLACE "^0+" "" number ${number})
    file(READ ${file} sql)
    string(APPEND rows "    {${number}, R\"sql(${sql})sql\"},\n")
  endforeach()
  file(WRITE ${OUTPUT} "// Generated from core/store/sqlite/schema by embed_schema.cmake.
#include \"core/store/sqlite/schema.h\"

namespace thig::sqlite {

namespace {
constexpr Migration kMigrations[] = {
${rows}};
}  // namespace

std::span<const Migration> schema_migrations() { return kMigrations; }
std::string_view app_version() { return \"${APP_VERSION}\"; }

}  // namespace thig::sqlite
")
  return()
endif()

set(schema_dir ${PROJECT_SOURCE_DIR}/core/store/sqlite/schema)
set(schema_cpp ${PROJECT_BINARY_DIR}/generated/schema.cpp)
file(GLOB schema_files CONFIGURE_DEPENDS ${schema_dir}/*.sql)
add_custom_command(
  OUTPUT ${schema_cpp}
  COMMAND ${CMAKE_COMMAND} -DSCHEMA_DIR=${schema_dir} -DOUTPUT=${schema_cpp}
          -DAPP_VERSION=${PROJECT_VERSION} -P ${CMAKE_CURRENT_LIST_FILE}
  DEPENDS ${schema_files} ${CMAKE_CURRENT_LIST_FILE}
  COMMENT "Embedding the schema"
  VERBATIM)
target_sources(thig_store_sqlite PRIVATE ${schema_cpp})

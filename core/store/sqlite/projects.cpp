#include "core/store/sqlite/projects.h"

#include "core/store/refusals.h"

namespace thig::sqlite {

namespace {

constexpr const char* kInsertProject = R"(
  INSERT INTO project (id, name, status, description, source, created_at)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6))";
constexpr const char* kInsertNote =
    "INSERT INTO note (id, project_id, text, source, created_at) VALUES (?1, ?2, ?3, ?4, ?5)";

#define THIG_PROJECT_COLUMNS                                        \
  "p.id, p.name, p.status, p.description, p.source, p.created_at, " \
  "(SELECT count(*) FROM note n WHERE n.project_id = p.id)"

constexpr const char* kSelectProjects =
    "SELECT " THIG_PROJECT_COLUMNS " FROM project p ORDER BY p.created_at DESC, p.id DESC LIMIT ?1";
constexpr const char* kSelectProjectById =
    "SELECT " THIG_PROJECT_COLUMNS " FROM project p WHERE p.id = ?1";
constexpr const char* kSelectProjectByName =
    "SELECT " THIG_PROJECT_COLUMNS
    " FROM project p WHERE p.name = ?1 ORDER BY p.created_at DESC, p.id DESC LIMIT 1";

#undef THIG_PROJECT_COLUMNS

constexpr const char* kSelectNotes = R"(
  SELECT id, project_id, text, source, created_at
    FROM note
   WHERE project_id = ?1
   ORDER BY created_at, id)";

constexpr int kMostNotes = 1'000'000'000;

Project read_project(Query& row) {
  return {.id = {row.integer(0, 0)},
          .name = row.text(1),
          .status = row.text(2),
          .description = row.text(3),
          .source = row.text(4),
          .created_at = row.time(5),
          .notes = row.small(6, 0, kMostNotes)};
}

}  // namespace

Status insert_project(Connection& connection, const Project& project) {
  return connection.query(kInsertProject)
      .run(project.id, project.name, project.status, project.description, project.source,
           project.created_at);
}

Status insert_note(Connection& connection, const Note& note) {
  return connection.query(kInsertNote)
      .run(note.id, note.project, note.text, note.source, note.created_at);
}

Result<std::vector<Project>> select_projects(Connection& connection, std::size_t limit) {
  return connection.query(kSelectProjects).with(limit).all(read_project);
}

Result<Project> select_project(Connection& connection, std::string_view name_or_id) {
  if (const auto id = parse_project_id(name_or_id)) {
    THIG_TRY_ASSIGN(by_id, connection.query(kSelectProjectById).with(*id).first(read_project));
    if (by_id) return std::move(*by_id);
  }
  THIG_TRY_ASSIGN(by_name,
                  connection.query(kSelectProjectByName).with(name_or_id).first(read_project));
  if (by_name) return std::move(*by_name);
  return no_project(name_or_id);
}

Result<std::vector<Note>> select_notes(Connection& connection, ProjectId project) {
  return connection.query(kSelectNotes).with(project).all([](Query& row) {
    return Note{.id = {row.integer(0, 0)},
                .project = {row.integer(1, 0)},
                .text = row.text(2),
                .source = row.text(3),
                .created_at = row.time(4)};
  });
}

}  // namespace thig::sqlite

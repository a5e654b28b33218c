// Projects and notes, as incoming webhooks make them.
#pragma once

#include "core/model/incoming_hook.h"
#include "core/store/sqlite/connection.h"

#include <string_view>
#include <vector>

namespace thig::sqlite {

// Belong into a write transaction.
Status insert_project(Connection& connection, const Project& project);
Status insert_note(Connection& connection, const Note& note);

// Newest first.
Result<std::vector<Project>> select_projects(Connection& connection, std::size_t limit);
// By id text, else the newest of that name; `not_found`.
Result<Project> select_project(Connection& connection, std::string_view name_or_id);
// Oldest first.
Result<std::vector<Note>> select_notes(Connection& connection, ProjectId project);

}  // namespace thig::sqlite

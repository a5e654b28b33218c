#include "core/api/setup_view.h"

#include "core/api/change_view.h"
#include "core/documents/json_members.h"

#include <utility>

namespace thig {

namespace {

void write_description(JsonWriter& json, const EventType& type) {
  json.key("name").text(type.name).key("category").text(type.category);
  json.key("description").text(type.description);
}

void write_type(JsonWriter& json, const EventType& type) {
  write_description(json, type);
  json.key("builtin").boolean(type.builtin).key("sample").raw(type.sample);
}

void write_member(JsonWriter& json, const Member& member) {
  json.key("name").text(member.name).key("role").text(to_text(member.role));
}

}  // namespace

std::string plan_document(std::span<const PlannedChange> plan, bool dry_run,
                          const std::function<std::string(const PlannedChange&)>& shown) {
  return object_document([&](JsonWriter& json) {
    json.key("dryRun").boolean(dry_run).key("changes").begin_array();
    for (const PlannedChange& change : plan) {
      json.begin_object().key("step").text(to_text(change.step));
      json.key("kind").text(to_text(change.kind)).key("name").text(change.name);
      for (auto [name, side] :
           {std::pair{"before", &change.difference.before}, {"after", &change.difference.after}}) {
        json.key(name);
        side->empty() ? json.null() : json.raw(*side);
      }
      const std::string made = shown(change);
      const bool incoming = change.kind == SetupKind::incoming;
      write_text_or_null(json, "secret", incoming ? "" : made);
      write_text_or_null(json, "url", incoming ? made : "");
      json.end_object();
    }
    json.end_array();
  });
}

std::string removed_document(std::string_view name, std::string_view id) {
  return object_document([&](JsonWriter& json) {
    json.key("removed").boolean(true).key("name").text(name).key("id").text(id);
  });
}

std::string event_types_document(std::span<const EventType> types) {
  return list_document(types, write_type);
}

std::string event_type_document(const EventType& type) {
  return object_document([&](JsonWriter& json) { write_type(json, type); });
}

std::string event_type_added_document(const EventType& type, ChangeResult result) {
  return object_document([&](JsonWriter& json) {
    write_description(json, type);
    write_result(json, result);
  });
}

std::string init_document(std::string_view database, std::string_view key_file,
                          const std::optional<std::string>& group, bool made_database,
                          bool made_key) {
  return object_document([&](JsonWriter& json) {
    json.key("database").text(database).key("createdDatabase").boolean(made_database);
    json.key("keyFile").text(key_file).key("createdKey").boolean(made_key);
    write_text_or_null(json, "group", group.value_or(""));
  });
}

std::string members_document(std::span<const Member> members) {
  return list_document(members, write_member);
}

std::string member_document(const MemberChange& change) {
  return object_document([&](JsonWriter& json) {
    write_member(json, change.member);
    write_result(json, change.result);
  });
}

}  // namespace thig

#include "core/store/sqlite/text_list.h"

#include "core/base/json.h"

namespace thig::sqlite {

std::string write_texts(const std::vector<std::string>& texts) {
  JsonWriter json;
  json.begin_array();
  for (const std::string& text : texts) json.text(text);
  json.end_array();
  return json.take();
}

void accept_list(Query& row, int column, std::string_view json, std::string_view rewritten) {
  if (json == rewritten) return;
  if (!check_json(json) || json_kind(json) != JsonKind::array) row.reject(column);
}

std::vector<std::string> read_texts(Query& row, int column) {
  std::vector<std::string> texts;
  const std::string json = row.text(column);
  for (const std::string_view element : json_elements(json)) {
    if (auto text = json_text(element)) {
      texts.push_back(std::move(*text));
    } else {
      row.reject(column);
    }
  }
  accept_list(row, column, json, write_texts(texts));
  return texts;
}

}  // namespace thig::sqlite

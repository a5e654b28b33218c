#include "core/incoming/answers.h"

#include "core/base/json.h"

namespace thig {

HttpResponse json_answer(std::string json) {
  return {.status = 200,
          .headers = {{"content-type", "application/json"}, {"x-content-type-options", "nosniff"}},
          .body = std::move(json),
          .delay = {}};
}

HttpResponse error_answer(int status, std::string_view code, std::string_view text) {
  JsonWriter json;
  json.begin_object().key("error").text(text).key("code").text(code).end_object();
  HttpResponse response = json_answer(json.take());
  response.status = status;
  return response;
}

HttpResponse retry_answer(int status, std::string_view code, std::string_view text, int seconds) {
  HttpResponse response = error_answer(status, code, text);
  response.headers.push_back({"retry-after", std::to_string(seconds)});
  return response;
}

HttpResponse success_answer(std::string_view request_id, bool duplicate) {
  JsonWriter json;
  json.begin_object().key("success").boolean(true).key("requestId").text(request_id);
  if (duplicate) json.key("duplicate").boolean(true);
  return json_answer(json.end_object().take());
}

HttpResponse plain_answer(std::string_view text) {
  return {.status = 200,
          .headers = {{"content-type", "text/plain"}, {"x-content-type-options", "nosniff"}},
          .body = std::string(text),
          .delay = {}};
}

HttpResponse not_found_answer() {
  return error_answer(404, "NOT_FOUND", "there is no such webhook");
}

}  // namespace thig

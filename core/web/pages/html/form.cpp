#include "core/web/pages/html/form.h"

#include "core/api/command_wording.h"
#include "core/base/codec.h"
#include "core/rules/form.h"
#include "core/web/pages/html/parts.h"
#include "core/web/problem.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig::pages {
namespace {

struct Label {
  std::string_view field;
  std::string_view words;
};

// Of all forms: what is called the same has one label.
// clang-format off
constexpr Label labels[] = {
    {"action",           "Action"},
    {"allow-private",    "Allow private addresses"},
    {"allowed-addresses", "Addresses"},
    {"backfill",         "Backfill"},
    {"ca-file",          "CA certificates"},
    {"client-cert",      "Client certificate"},
    {"client-key",       "Client key"},
    {"command",          "Command"},
    {"content-types",    "Content types"},
    {"data",             "Data"},
    {"dedupe",           "Deduplicate within"},
    {"default",          "Default values"},
    {"description",      "Description"},
    {"directory",        "Directory"},
    {"event",            "Event type"},
    {"events",           "Events"},
    {"expires",          "Expires"},
    {"headers",          "Extra headers"},
    {"max-body",         "Maximum body size"},
    {"max-in-flight",    "Concurrent attempts"},
    {"max-parallel",     "Concurrent commands"},
    {"member",           "Member"},
    {"more-events",      "Other types and patterns"},
    {"name",             "Name"},
    {"overlap",          "Both secrets sign for"},
    {"rate",             "Attempts per second"},
    {"reason",           "Reason"},
    {"retry",            "Retry after"},
    {"scheme",           "Signed by"},
    {"scope",            "Scopes"},
    {"secret",           "Signing secret"},
    {"set",              "Fields"},
    {"signature",        "Signature"},
    {"signature-header", "Extra signature header"},
    {"since",            "Events since"},
    {"timeout",          "Timeout"},
    {"until",            "Until"},
    {"url",              "URL"},
    {"verify-token",     "Verify token"},
    {"when",             "Only if"},
};
// clang-format on

class FormWording final : public Wording {
 public:
  std::string setting(const Setting& setting) const override {
    const std::string_view label = label_of(setting.name);
    if (label == setting.name) return command_wording().setting(setting);
    return setting.value.empty() ? fmt::format("“{}”", label)
                                 : fmt::format("“{}: {}”", label, setting.value);
  }
  std::string operation(const Operation& operation) const override {
    return command_wording().operation(operation);
  }
};

// What stands below the control: what is wrong with it, or else what it is for.
Html help_or_error(const Field& field, const FormErrors& errors) {
  if (const std::string_view wrong = errors.of(field.name); !wrong.empty()) {
    return html<R"(<p class="error" id="{}-e">{}</p>)">(field.name, wrong);
  }
  if (field.help.empty()) return {};
  return html<R"(<small id="{}-h">{}</small>)">(field.name, field.help);
}

// What ties the control to what stands below it.
struct FieldTies {
  Attribute invalid;
  Attribute described;
};

FieldTies field_ties(const Field& field, const FormErrors& errors) {
  const bool wrong = !errors.of(field.name).empty();
  const std::string id = fmt::format("{}-{}", field.name, wrong ? "e" : "h");
  return {.invalid = attribute<"aria-invalid">("true", wrong),
          .described = attribute<"aria-describedby">(id, wrong || !field.help.empty())};
}

Html labelled_field(const Field& field, const Html& control, const FormErrors& errors) {
  return html<R"(<div class="field"><label for="{}">{}</label>{}{}</div>)">(
      field.name, field.label.empty() ? label_of(field.name) : field.label, control,
      help_or_error(field, errors));
}

}  // namespace

Form::Form(const Call& call) : fields_(form_fields(call.request.body)) {
  for (auto& [name, value] : fields_) std::erase(value, '\r');
}

std::string Form::text(std::string_view name) const {
  const auto found =
      std::ranges::find(fields_, name, [](const auto& field) { return field.first; });
  return found == fields_.end() ? std::string() : std::string(trimmed(found->second));
}

std::optional<std::string> Form::find(std::string_view name) const {
  std::string found = text(name);
  if (found.empty()) return std::nullopt;
  return found;
}

bool Form::ticked(std::string_view name) const {
  return !text(name).empty();
}

std::vector<std::string> Form::all(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [field, value] : fields_) {
    if (field != name || value.empty()) continue;
    if (std::ranges::find(values, value) == values.end()) values.push_back(value);
  }
  return values;
}

std::vector<std::string> Form::lines(std::string_view name) const {
  const std::string whole = text(name);
  return typed_lines({&whole, 1});
}

std::vector<std::string> typed_lines(std::span<const std::string> texts) {
  std::vector<std::string> lines;
  for (const std::string& text : texts) {
    for (std::string_view rest = text; !rest.empty();) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      const std::string_view line = trimmed(rest.substr(0, end));
      if (!line.empty()) lines.emplace_back(line);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return lines;
}

void FormErrors::add(std::string_view field, std::string_view text) {
  if (!field.empty() && !of(field).empty()) return;
  errors_.push_back({std::string(field), std::string(text)});
  if (status_ == 200) status_ = 400;
}

void FormErrors::add(const Error& error) {
  status_ = status_of(error.code);
  // A form has one field of a name, wherever that stands in a document: "action.when".
  add(std::string_view(error.field).substr(error.field.rfind('.') + 1), sentence_of(error));
}

bool is_for_the_form(const Error& error) {
  return error.code != ErrorCode::not_permitted && status_of(error.code) != 500;
}

std::string_view label_of(std::string_view field) {
  const auto found = std::ranges::find(labels, field, &Label::field);
  return found == std::end(labels) ? field : found->words;
}

const Wording& form_wording() {
  static const FormWording wording;
  return wording;
}

std::string_view FormErrors::of(std::string_view field) const {
  const auto found = std::ranges::find(errors_, field, &One::field);
  return found == errors_.end() ? std::string_view() : std::string_view(found->text);
}

Html FormErrors::summary(std::string_view title) const {
  if (errors_.empty()) return {};
  Html list;
  for (const One& one : errors_) {
    list += one.field.empty() ? html<"<li>{}</li>">(one.text)
                              : html<R"(<li><a href="#{}">{}</a></li>)">(one.field, one.text);
  }
  return html<
      R"(<section class="note failed" role="alert" tabindex="-1" autofocus id="errors" aria-labelledby="wrong"><h2 id="wrong" class="state disabled">{}: {}</h2><ul>{}</ul></section>)">(
      title, errors_.size() == 1 ? "1 error" : fmt::format("{} errors", errors_.size()), list);
}

std::string as_sentence(std::string text) {
  if (!text.empty() && text.back() != '.' && text.back() != '?') text += '.';
  return capital(text);
}

std::string sentence_of(const Error& error) {
  const Problem shown = problem_of(error, form_wording());
  std::string text = as_sentence(shown.text);
  if (!shown.hint.empty()) text += " " + as_sentence(shown.hint);
  return text;
}

Html text_field(const Field& field, std::string_view value, const FormErrors& errors) {
  const FieldTies ties = field_ties(field, errors);
  return labelled_field(
      field,
      html<R"(<input id="{}" name="{}" type="{}" value="{}" autocomplete="off"{}{}{}{}>)">(
          field.name, field.name, field.type, value, flag<"required">(field.required),
          attribute<"placeholder">(field.placeholder, !field.placeholder.empty()), ties.invalid,
          ties.described),
      errors);
}

Html area_field(const Field& field, std::string_view value, const FormErrors& errors, int rows) {
  const FieldTies ties = field_ties(field, errors);
  // The first end of line within a textarea is none of its text.
  return labelled_field(field, html<R"(<textarea id="{}" name="{}" rows="{}" spellcheck="false"{}{}>
{}</textarea>)">(field.name, field.name, rows, ties.invalid, ties.described, value),
                        errors);
}

Html choice_field(const Field& field, std::span<const Choice> choices, std::string_view chosen,
                  const FormErrors& errors) {
  const FieldTies ties = field_ties(field, errors);
  Html all;
  for (const Choice& choice : choices) {
    all += html<R"(<option value="{}"{}>{}</option>)">(
        choice.value, flag<"selected">(choice.value == chosen), choice.words);
  }
  return labelled_field(field,
                        html<R"(<select id="{}" name="{}"{}{}>{}</select>)">(
                            field.name, field.name, ties.invalid, ties.described, all),
                        errors);
}

Html overlap_field(const Field& field, std::string_view none, std::string_view chosen,
                   const FormErrors& errors) {
  const Choice choices[] = {
      {"0s", none}, {"1h", "1 hour"}, {"24h", "24 hours"}, {"72h", "3 days"}, {"168h", "7 days"}};
  return choice_field(field, choices, chosen, errors);
}

Html tick(std::string_view name, std::string_view value, std::string_view words, bool ticked) {
  return html<R"(<label class="pick"><input type="checkbox" name="{}" value="{}"{}>{}</label>)">(
      name, value, flag<"checked">(ticked), words);
}

Html hidden(std::string_view name, std::string_view value) {
  return html<R"(<input type="hidden" name="{}" value="{}">)">(name, value);
}

Html crumbs(std::initializer_list<Crumb> ways) {
  Html all;
  for (const Crumb& way : ways) {
    if (!all.empty()) all += html<R"(<span aria-hidden="true">/</span>)">();
    all += html<R"(<a href="{}">{}</a>)">(way.link, way.words);
  }
  return html<R"(<nav class="crumbs small" aria-label="Breadcrumb">{}</nav>)">(all);
}

Html form_end(std::string_view does, const Link& back, bool danger) {
  return html<
      R"(<div class="acts gap"><button class="{}">{}</button><a class="btn" href="{}">Cancel</a></div>)">(
      danger ? "danger" : "main", does, back);
}

}  // namespace thig::pages

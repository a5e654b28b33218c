// Forms: what was sent, what is wrong with it, and the fields of the page that asks for it.
//
//   const Form form(call);
//   FormErrors errors;
//   errors.add(added.error());
//   Html fields = errors.summary("Not added");
//   fields += text_field({.name = "url", .required = true}, form.text("url"), errors);
//
// A field is called as its setting is in the contract ("ca-file"), so that an error finds it.
#pragma once

#include "core/api/words.h"
#include "core/base/error.h"
#include "core/web/call.h"
#include "core/web/pages/html/html.h"

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace thig::pages {

// The fields that were sent; none, before anything was.
class Form {
 public:
  Form() = default;
  explicit Form(const Call& call);

  // The first of that name, without blanks around it; empty if there is none.
  std::string text(std::string_view name) const;
  // The same; nothing if it is empty.
  std::optional<std::string> find(std::string_view name) const;
  bool ticked(std::string_view name) const;
  // All of that name that are not empty, each once.
  std::vector<std::string> all(std::string_view name) const;
  // The lines of the first of that name that are not empty, without blanks around them.
  std::vector<std::string> lines(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, std::string>> fields_;  // their lines end with \n
};

// The lines of a field that shows these texts, as Form::lines reads them when nothing is changed.
std::vector<std::string> typed_lines(std::span<const std::string> texts);

// What is wrong with what was sent.
class FormErrors {
 public:
  // The first that is said of a field stays; an empty field is the form as a whole.
  void add(std::string_view field, std::string_view text);
  // The error with its hint, said of its field (Error::field).
  void add(const Error& error);
  // The value; or nothing, with the error added for this field.
  template <class T>
  std::optional<T> take(std::string_view field, Result<T> result) {
    check(field, result);
    if (!result) return std::nullopt;
    return std::move(*result);
  }
  template <class T>
  void check(std::string_view field, const Result<T>& result) {
    if (result) return;
    Error error = result.error();
    error.field = field;
    add(error);
  }

  bool empty() const { return errors_.empty(); }
  // What the form answers with them: 400, 409, ….
  int status() const { return status_; }
  // Empty if nothing is wrong with it.
  std::string_view of(std::string_view field) const;
  // On top of the form, leading to its fields; nothing if nothing is wrong. `title`: "Not added".
  Html summary(std::string_view title) const;

 private:
  struct One {
    std::string field;
    std::string text;
  };
  std::vector<One> errors_;
  int status_ = 200;
};

// Whether the form comes again with this error. What it cannot help against is a page of its own.
bool is_for_the_form(const Error& error);

// Settings by their labels, in quotes; what is done, as a command.
const Wording& form_wording();
// "Retry after" of "retry".
std::string_view label_of(std::string_view field);
// What an error is told as on a page, with its hint: one or two sentences.
std::string sentence_of(const Error& error);

// With a capital, and with a full stop if it has none.
std::string as_sentence(std::string text);

struct Field {
  std::string_view name;  // label_of has its label
  std::string_view help = {};
  std::string_view type = "text";
  bool required = false;
  std::string_view placeholder = {};
  std::string_view label = {};  // where it is another one than usual
};

Html text_field(const Field& field, std::string_view value, const FormErrors& errors);
// For several lines.
Html area_field(const Field& field, std::string_view value, const FormErrors& errors, int rows = 3);

struct Choice {
  std::string_view value;
  std::string_view words;
};
Html choice_field(const Field& field, std::span<const Choice> choices, std::string_view chosen,
                  const FormErrors& errors);

// How long what is replaced goes on; `none`: what "0s" means for it. Other spans are set on the
// command line.
inline constexpr std::string_view usual_overlap = "24h";
Html overlap_field(const Field& field, std::string_view none, std::string_view chosen,
                   const FormErrors& errors);

// A box with its words. There may be several of one name.
Html tick(std::string_view name, std::string_view value, std::string_view words, bool ticked);
Html hidden(std::string_view name, std::string_view value);

// The ways to a page, above its title: "Webhooks / Outgoing".
struct Crumb {
  std::string_view words;
  Link link;
};
Html crumbs(std::initializer_list<Crumb> ways);

// The buttons at the end of a form: what it does, and the way back. `danger`: it takes something
// away.
Html form_end(std::string_view does, const Link& back, bool danger = false);

}  // namespace thig::pages

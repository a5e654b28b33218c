// Where a page leads: always a place of this product, whoever named the things on the way.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace thig {

class Link {
 public:
  // "/admin/webhooks/outgoing/{}/test": each {} is replaced by a part, escaped.
  explicit Link(std::string_view path, std::initializer_list<std::string_view> parts = {});

  // A path and query that are printable ASCII already.
  static Link as_written(std::string_view target);

  // One more parameter of the query; an empty value adds none.
  Link& add(std::string_view name, std::string_view value);
  Link with(std::string_view name, std::string_view value) const {
    return Link(*this).add(name, value);
  }
  // A place within the page.
  Link at(std::string_view place) const;

  // As it stands in a page before that is finished (Link::finish).
  const std::string& text() const { return text_; }
  // As a redirect has it, and a page that the product stands below `base` for: "/hooks", or empty.
  std::string below(std::string_view base) const;
  // The page with all of its links below `base`.
  static std::string finish(std::string page, std::string_view base);

 private:
  Link() = default;

  // Begins with a mark that no escaped text can have, since nobody who makes a link has to know
  // where the product stands.
  std::string text_;
  bool has_query_ = false;
};

}  // namespace thig

#include "core/web/pages/html/link.h"

#include "core/rules/form.h"

namespace thig {
namespace {

constexpr char base_mark = '\x02';

}  // namespace

Link::Link(std::string_view path, std::initializer_list<std::string_view> parts)
    : text_(1, base_mark), has_query_(path.find('?') != path.npos) {
  for (const std::string_view part : parts) {
    const std::size_t place = path.find("{}");
    text_ += path.substr(0, place);
    text_ += percent_encoded(part);
    path.remove_prefix(place + 2);
  }
  text_ += path;
}

Link Link::as_written(std::string_view target) {
  Link link;
  link.text_ = base_mark + std::string(target);
  link.has_query_ = target.find('?') != target.npos;
  return link;
}

Link& Link::add(std::string_view name, std::string_view value) {
  if (value.empty()) return *this;
  text_ += has_query_ ? '&' : '?';
  has_query_ = true;
  text_.append(name).append("=").append(percent_encoded(value));
  return *this;
}

Link Link::at(std::string_view place) const {
  Link link = *this;
  link.text_.append("#").append(place);
  return link;
}

std::string Link::below(std::string_view base) const {
  return finish(text_, base);
}

std::string Link::finish(std::string page, std::string_view base) {
  if (base.empty()) {
    std::erase(page, base_mark);
    return page;
  }
  std::string out;
  std::string_view rest = page;
  for (std::size_t at = rest.find(base_mark); at != rest.npos; at = rest.find(base_mark)) {
    out.append(rest.substr(0, at)).append(base);
    rest.remove_prefix(at + 1);
  }
  return out.append(rest);
}

}  // namespace thig

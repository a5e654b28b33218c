#include "cli/flags/scheme_flags.h"

#include <fmt/format.h>

namespace thig {
void SchemeFlags::declare(Flags& flags, std::vector<std::string> others) {
  std::vector<std::string> names = std::move(others);
  for (std::string& known : scheme_names()) names.push_back(std::move(known));
  names.emplace_back(generic_name);
  flags.choice("--scheme", "NAME", names, name, "Signature scheme of the sender");

  declare_generic(flags);
}

void SchemeFlags::declare_generic(Flags& flags) {
  const auto declare = [&](std::string flag, std::string value, std::string setting,
                           std::string help) -> Flags::Item& {
    return flags.custom(flag, std::move(value), std::move(help),
                        [this, flag, setting](const std::string& text) -> Status {
                          given_.push_back(flag);
                          auto done = set_generic(generic_, setting, text);
                          if (!done) done.error().code = ErrorCode::usage;
                          return done;
                        });
  };
  const auto choice = [&](std::string flag, const std::string& setting, std::string help) {
    declare(std::move(flag), "WORD", setting, std::move(help)).choices = generic_choices(setting);
  };
  declare("--signature-header", "HEADER", "header", "Generic: header that contains the signature");
  choice("--digest", "digest", "Generic: hash function of the HMAC; sha256 by default");
  choice("--encoding", "encoding", "Generic: encoding of the signature; hex by default");
  declare("--prefix", "TEXT", "prefix", "Generic: prefix of the signature, such as sha256=");
  declare("--content", "TEMPLATE", "content",
          "Generic: signed text, a template with {id}, {timestamp}, {url}, {form} and {body}");
  declare("--timestamp-header", "HEADER", "timestamp-header",
          "Generic: header that contains the timestamp");
  declare("--id-header", "HEADER", "id-header", "Generic: header that contains the id");
  choice("--key-form", "key",
         "Generic: how the HMAC key is derived from the secret; its text by default");
}

Status SchemeFlags::check_not_generic() const {
  if (given_.empty()) return {};
  return fail(ErrorCode::usage, fmt::format("{} requires --scheme generic", given_.front()));
}

Result<std::string> SchemeFlags::generic_text() const {
  THIG_TRY(check_generic(generic_));
  return thig::generic_text(generic_);
}

Result<std::vector<const Scheme*>> SchemeFlags::schemes() {
  if (!is_generic()) {
    THIG_TRY(check_not_generic());
    return schemes_named(name);
  }
  THIG_TRY(check_generic(generic_));
  return std::vector<const Scheme*>{&generic_};
}

}  // namespace thig

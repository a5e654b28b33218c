#include "cli/help/roff.h"

#include "core/base/codec.h"

#include <fmt/format.h>

namespace thig {
namespace {

void append_ascii(std::string& out, char c) {
  switch (c) {
    case '\\':
      out += "\\(rs";
      break;
    case '-':
      out += "\\-";
      break;
    case '\'':
      out += "\\(aq";
      break;
    case '"':
      out += "\\(dq";
      break;
    case '`':
      out += "\\(ga";
      break;
    case '~':
      out += "\\(ti";
      break;
    case '^':
      out += "\\(ha";
      break;
    default:
      out += c;
  }
}

}  // namespace

std::string roff_text(std::string_view text) {
  std::string out;
  bool line_start = true;
  const std::string valid = to_valid_utf8(text);
  for (std::string_view rest = valid; !rest.empty();) {
    const std::size_t length = utf8_sequence_length(rest);
    if (length > 1) {
      out += fmt::format("\\[u{:04X}]", code_point(rest.substr(0, length)));
    } else {
      if (line_start && (rest[0] == '.' || rest[0] == '\'')) out += "\\&";
      append_ascii(out, rest[0]);
    }
    line_start = rest[0] == '\n';
    rest.remove_prefix(length);
  }
  return out;
}

RoffPage::RoffPage(std::string_view name, int section_number, std::string_view version,
                   std::string_view what) {
  const std::string title = roff_text(name);
  out_ =
      fmt::format(".TH \"{}\" {} \"\" \"thig\\-hooks {}\" \"thig\\-hooks manual\"\n.nr HY 0\n.nh\n",
                  title, section_number, version);
  section("NAME");
  out_ += fmt::format("{} \\- {}\n", title, roff_text(what));
}

RoffPage& RoffPage::section(std::string_view title) {
  out_ += fmt::format(".SH {}\n", title);
  return *this;
}

RoffPage& RoffPage::subsection(std::string_view title) {
  out_ += fmt::format(".SS \"{}\"\n", roff_text(title));
  return *this;
}

RoffPage& RoffPage::paragraph(std::string_view text) {
  out_ += fmt::format(".PP\n{}\n", roff_text(text));
  return *this;
}

RoffPage& RoffPage::term(std::string_view term, std::string_view value, std::string_view text) {
  out_ += ".TP\n";
  if (value.empty()) {
    out_ += fmt::format(".B \"{}\"\n", roff_text(term));
  } else {
    out_ += fmt::format(".BI \"{}\" \" {}\"\n", roff_text(term), roff_text(value));
  }
  out_ += roff_text(text) + "\n";
  return *this;
}

RoffPage& RoffPage::bold_line(std::string_view bold, std::string_view plain) {
  out_ += fmt::format(".BR \"{}\" \" {}\"\n", roff_text(bold), roff_text(plain));
  return *this;
}

RoffPage& RoffPage::code(std::string_view lines) {
  out_ += fmt::format(".PP\n.RS 4\n.nf\n{}\n.fi\n.RE\n", roff_text(lines));
  return *this;
}

RoffPage& RoffPage::see_also(std::string_view name, int section_number) {
  if (seen_also_) out_.insert(out_.size() - 1, 1, ',');
  seen_also_ = true;
  out_ += fmt::format(".BR \\%{} ({})\n", roff_text(name), section_number);
  return *this;
}

std::string RoffPage::take() {
  return std::move(out_);
}

}  // namespace thig

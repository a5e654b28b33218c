#include "core/api/prometheus.h"

#include <doctest/doctest.h>

namespace thig {

TEST_CASE("labels of metrics are escaped as the format says") {
  CHECK(label_value("crm") == "crm");
  CHECK(label_value("a\\b") == "a\\\\b");
  CHECK(label_value("say \"hi\"") == "say \\\"hi\\\"");
  CHECK(label_value("two\nlines\n") == "two\\nlines\\n");
  CHECK(label_value("tab\tand \xff") == "tab\\\\x09and \\\\xff");
  CHECK(label_value("hedgehog 🦔") == "hedgehog 🦔");
}

TEST_CASE("a metric is its help, its type and a line for each sample") {
  std::string text;
  const DocumentSink sink = [&](std::string_view part) { text += part; };
  Exposition metrics(sink);
  metrics.metric("hooks_seconds", "summary", "Time to the answer.");
  metrics.sample({{"webhook", "crm"}, {"quantile", "0.5"}}, 0.25);
  metrics.count({{"webhook", "crm"}}, 3);
  metrics.sample({}, std::int64_t{1});
  metrics.sample({{"webhook", ""}, {"quantile", "1"}}, 2.0);
  metrics.sample({{"webhook", ""}}, std::int64_t{4});
  CHECK(text ==
        "# HELP hooks_seconds Time to the answer.\n# TYPE hooks_seconds summary\n"
        "hooks_seconds{webhook=\"crm\",quantile=\"0.5\"} 0.25\n"
        "hooks_seconds_count{webhook=\"crm\"} 3\n"
        "hooks_seconds 1\n"
        "hooks_seconds{quantile=\"1\"} 2\n"
        "hooks_seconds 4\n");
}

}  // namespace thig

// What verify says of a message that is not right: true, and no more than is known.
#include "tests/cli/mailbox.h"

#include <doctest/doctest.h>

namespace thig {

TEST_CASE("an age that is ignored is not called unacceptable, however odd it is") {
  Mailbox mail;
  const std::string millis =
      mail.file("millis",
                "webhook-id: a\nwebhook-timestamp: 1614265330000\n"
                "webhook-signature: v1,COq9pXaHYYTbR8wFBfSrdBp9Xjzw7Eo9MwdY45slgVQ=\n");
  const std::vector<std::string> words = {"--secret-file", mail.secret, "--headers",
                                          millis,          "--body",    mail.body};
  const CliResult refused = mail.verify(words);
  CHECK(refused.code == 1);
  CHECK(refused.out.starts_with("verdict\tnot valid"));
  CHECK(contains(refused.out, "age\tnot acceptable: more than a thousand years"));
  std::vector<std::string> ignoring = words;
  ignoring.emplace_back("--ignore-timestamp");
  const CliResult ignored = mail.verify(ignoring);
  CHECK(ignored.code == 0);
  CHECK(contains(ignored.out, "age\tmore than a thousand years in the future, and ignored\n"));
  CHECK_FALSE(contains(ignored.out, "not"));
}

TEST_CASE("a secret that can be no key of the scheme is told, and what one looks like") {
  Mailbox mail;
  const std::string zeros(62, '0');
  const struct {
    std::string scheme;
    std::string secret;
    std::string says;
  } rows[] = {
      {"standard", "plain-secret", "cannot be a key of Standard Webhooks, whose keys are whsec_"},
      {"discord", "plain-secret", "cannot be a key of Discord, whose keys are 64 hexadecimal"},
      {"github", "whpk_" + std::string(43, 'B') + "=", "cannot be a key of GitHub"},
      // Of low order: this very signature would verify under it.
      {"discord", "01" + zeros, "cannot be a key of Discord"},
      {"discord", "00" + zeros, "cannot be a key of Discord"},
  };
  for (const auto& row : rows) {
    INFO(row.scheme);
    std::vector<std::string> words = {"--json",
                                      "--scheme",
                                      row.scheme,
                                      "--secret-file",
                                      mail.file("key", row.secret),
                                      "--body",
                                      mail.body,
                                      "--signature",
                                      "sha256=01" + zeros + zeros + "00"};
    if (row.scheme == "standard") words.insert(words.end(), {"--id", "a", "--timestamp", "1"});
    if (row.scheme == "discord") {
      words.back() = "01" + zeros + zeros + "00";
      words.insert(words.end(), {"--timestamp", "1614265330"});
    }
    const CliResult result = mail.verify(words);
    CHECK(result.code == 1);
    CHECK_MESSAGE(contains(text_of(result.out, "explanations"), row.says), result.out);
  }
}

TEST_CASE("a secret in the place of something else is not repeated") {
  Mailbox mail;
  for (const char* flag : {"--json", "--quiet"}) {
    const CliResult result =
        mail.verify({flag, "--secret-file", mail.secret, "--body", mail.body, "--id", "a",
                     "--timestamp", official_secret, "--signature", "v1,x"});
    CHECK(result.code == 1);
    CHECK(contains(result.out, "whsec_…LaSw"));
    CHECK_FALSE(contains(result.out + result.err, official_secret));
  }
}

TEST_CASE("a token that is wrong is not called a signature") {
  Mailbox mail;
  const std::string secret = mail.file("token", "s3cret-token");
  const CliResult other = mail.verify(
      {"--scheme", "gitlab", "--secret-file", secret, "--header", "X-Gitlab-Token: another"});
  CHECK(other.code == 1);
  CHECK(contains(other.err, "the token does not match any given secret"));
  CHECK_FALSE(contains(other.err, "it was signed with another secret"));
  const CliResult two =
      mail.verify({"--scheme", "gitlab", "--secret-file", secret, "--header",
                   "X-Gitlab-Token: s3cret-token", "--header", "X-Gitlab-Token: another"});
  CHECK(two.code == 1);
  CHECK(two.out == "signature\tthere are two x-gitlab-token headers that differ\n");
}

TEST_CASE("a timestamp that the body lacks is missing in the body") {
  Mailbox mail;
  mail.secret = mail.file("linear", "lin_wh_secret");
  const std::string made =
      mail.must({"sign", "--scheme", "generic", "--signature-header", "linear-signature",
                 "--secret-file", mail.secret, "--body", mail.body});
  const CliResult result = mail.verify({"--scheme", "linear", "--secret-file", mail.secret,
                                        "--headers", mail.file("made", made), "--body", mail.body});
  CHECK(result.code == 1);
  CHECK(result.out == "signature\tthe body is not a JSON object with a webhookTimestamp\n");
}

}  // namespace thig

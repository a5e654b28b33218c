// verify, sign, rotate, and test as far as it needs no network.
#include "tests/cli/mailbox.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace thig {

TEST_CASE("verify says which scheme and secret, and the age apart") {
  Mailbox mail;
  const CliResult fresh = mail.verify_official();
  CHECK(fresh.code == 0);
  CHECK(fresh.out ==
        "signature\tvalid\n"
        "scheme\tstandard (v1)\n"
        "secret\tsecret 1 of 1 (whsec_…LaSw)\n"
        "age\tok: 10s old, within 5m\n");

  const CliResult old = mail.verify_official({"--now", "2021-02-25T16:02:10Z"});
  CHECK(old.code == 1);
  CHECK(old.out.starts_with(
      "verdict\tnot valid: the signature matches, but its age is not acceptable\n"));
  CHECK(contains(old.out, "signature\tvalid\n"));
  CHECK(contains(old.out, "age\tnot acceptable: 1h old, more than 5m\n"));
  const CliResult early = mail.verify_official({"--now", "1614260000"});
  CHECK(early.code == 1);
  CHECK(contains(early.out, "in the future"));
  CHECK(mail.verify_official({"--now", "1700000000", "--ignore-timestamp"}).code == 0);
  CHECK(mail.verify_official({"--now", "2021-02-25T16:02:10Z", "--tolerance", "2h"}).code == 0);
}

TEST_CASE("verify --json is one document in every case") {
  Mailbox mail;
  const std::string valid = mail.verify_official({"--json"}).out;
  CHECK(text_of(valid, "valid") == "true");
  CHECK(text_of(valid, "signature") == "valid");
  CHECK(text_of(valid, "age") == "ok");
  CHECK(text_of(valid, "scheme") == "standard");
  CHECK(text_of(valid, "variant") == "v1");
  CHECK(text_of(valid, "secret") == R"({"number":1,"masked":"whsec_…LaSw"})");
  CHECK(text_of(valid, "signedAt") == "2021-02-25T15:02:10.000Z");
  CHECK(text_of(valid, "ageSeconds") == "10");
  CHECK(text_of(valid, "toleranceSeconds") == "300");
  CHECK(text_of(valid, "problem") == "null");
  CHECK(text_of(valid, "explanations") == "[]");

  mail.body = mail.file("body", official_body + "\n");
  const CliResult changed = mail.verify_official({"--json"});
  CHECK(changed.code == 1);
  CHECK(text_of(changed.out, "valid") == "false");
  CHECK(text_of(changed.out, "signature") == "no_match");
  CHECK(text_of(changed.out, "scheme") == "null");
  CHECK(text_of(changed.out, "explanations") ==
        R"(["it matches with the body without the newline at its end"])");
}

TEST_CASE("milliseconds in the place of seconds are told, and no odd date is") {
  Mailbox mail;
  const std::string made = mail.must({"sign", "--secret-file", mail.secret, "--id", "a",
                                      "--timestamp", "1614265330", "--body", mail.body, "--json"});
  const std::string signature = text_of(json_elements(*json_find(made, "headers"))[2], "value");
  const CliResult result =
      mail.verify({"--json", "--secret-file", mail.secret, "--body", mail.body, "--id", "a",
                   "--timestamp", "1614265330000", "--signature", signature});
  CHECK(result.code == 1);
  CHECK(contains(result.out, "the timestamp in seconds, not milliseconds"));
  CHECK(text_of(result.out, "signedAt") == "null");
}

TEST_CASE("verify takes several secrets and names the one that matches") {
  Mailbox mail;
  const std::string several = mail.file("several", "first secret\r\n\nsecond\n" + official_secret);
  const CliResult result =
      mail.verify({"--secret-file", several, "--secret-file", mail.file("other", "fourth"),
                   "--headers", mail.headers, "--body", mail.body});
  CHECK(result.code == 0);
  CHECK(contains(result.out, "secret 3 of 4 (whsec_…LaSw)"));

  mail.body = mail.file("body", "something else");
  const CliResult none =
      mail.verify({"--secret-file", several, "--headers", mail.headers, "--body", mail.body});
  CHECK(none.code == 1);
  CHECK(contains(none.out, "tried\tsecret 1 of 3 (…cret)\n"));
  CHECK(contains(none.out, "tried\tsecret 3 of 3 (whsec_…LaSw)\n"));
  CHECK_FALSE(contains(none.out + none.err, official_secret));
}

TEST_CASE("verify takes the headers from flags, and the body from standard input") {
  Mailbox mail;
  mail.environment["THIG_HOOKS_SECRET"] = official_secret;
  const std::vector<std::string> words = {"verify",
                                          "--now",
                                          "1614265340",
                                          "--id",
                                          "msg_p5jXN8AQM9LWM0D4loKWxJek",
                                          "--timestamp",
                                          "1614265330",
                                          "--signature",
                                          "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="};
  CHECK(mail.run(words, {.in = official_body}).code == 0);
  CHECK(mail.run(words, {.in = official_body + " "}).code == 1);

  const CliResult github =
      mail.run({"verify", "--scheme", "github", "--signature",
                "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
                "--secret", "It's a Secret to Everybody"},
               {.in = "Hello, World!"});
  CHECK(github.code == 0);
  CHECK(contains(github.out, "age\tnot known: GitHub signs no timestamp\n"));
  CHECK(contains(github.err, "--secret exposes the secret"));

  CHECK(
      contains(mail.run({"verify", "--header",
                         "X-Hub-Signature-256: "
                         "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
                         "--secret", "It's a Secret to Everybody"},
                        {.in = "Hello, World!"})
                   .err,
               "A receiver should name the scheme: --scheme github"));

  const CliResult token =
      mail.run({"verify", "--scheme", "gitlab", "--header", "X-Gitlab-Token: " + official_secret},
               {.in_terminal = true});
  CHECK(token.code == 0);  // no body is needed, so none is waited for
}

TEST_CASE("what is wrong with a message is said, and it is never valid") {
  Mailbox mail;
  const struct {
    std::vector<std::string> flags;
    std::string signature;
    std::string problem;
  } rows[] = {
      {{"--id", "a.b", "--timestamp", "1", "--signature", "v1,x"},
       "malformed_header",
       "webhook-id holds a \".\", which an id must not contain"},
      {{"--id", "a", "--timestamp", "+1", "--signature", "v1,x"},
       "malformed_header",
       "webhook-timestamp is \"+1\", not a plain integer of seconds"},
      {{"--id", "a", "--timestamp", "01", "--signature", "v1,x"},
       "malformed_header",
       "webhook-timestamp is \"01\", not a plain integer of seconds"},
      {{"--id", "a", "--timestamp", "1.5", "--signature", "v1,x"},
       "malformed_header",
       "webhook-timestamp is \"1.5\", not a plain integer of seconds"},
      {{"--id", "a", "--timestamp", std::string(30, '1'), "--signature", "v1,x"},
       "malformed_header",
       "webhook-timestamp is \"" + std::string(30, '1') + "\", not a plain integer of seconds"},
      {{"--id", "a", "--timestamp", "1"}, "missing_header", "there is no webhook-signature header"},
      {{"--timestamp", "1", "--signature", "v1,x"},
       "missing_header",
       "there is no webhook-id header"},
      {{"--id", "a", "--signature", "v1,x"},
       "missing_header",
       "there is no webhook-timestamp header"},
      {{"--headers", mail.headers, "--header", "webhook-signature: v1,x"},
       "malformed_header",
       "there are two webhook-signature headers that differ"},
      {{"--header", "x-request-id: 1"},
       "missing_header",
       "no header is the signature of a sender known here (there are: x-request-id)"},
      {{"--scheme", "square", "--signature", "x"},
       "missing_header",
       "Square signs the URL too, and it is not known"},
      {{"--scheme", "stripe", "--signature", "v1=x"},
       "missing_header",
       "stripe-signature has no t="},
      {{"--scheme", "github", "--signature", "sha1=x"},
       "malformed_header",
       "x-hub-signature-256 does not begin with \"sha256=\""},
  };
  for (const auto& row : rows) {
    INFO(row.problem);
    std::vector<std::string> words = {"--json", "--secret-file", mail.secret, "--body", mail.body};
    words.insert(words.end(), row.flags.begin(), row.flags.end());
    const CliResult result = mail.verify(words);
    CHECK(result.code == 1);
    CHECK(text_of(result.out, "valid") == "false");
    CHECK(text_of(result.out, "signature") == row.signature);
    CHECK(text_of(result.out, "problem") == row.problem);
  }
  std::string list;
  for (int i = 0; i < 10'000; ++i) list += "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= ";
  const std::string many =
      mail.file("many", "webhook-id: a\nwebhook-timestamp: 1\nwebhook-signature: " + list + "\n");
  const CliResult result =
      mail.verify({"--secret-file", mail.secret, "--headers", many, "--body", mail.body});
  CHECK(result.code == 1);
  CHECK(contains(result.out, "webhook-signature holds more than 64 signatures"));
}

TEST_CASE("a call of verify that makes no sense is an error, with nothing on stdout") {
  Mailbox mail;
  const struct {
    std::vector<std::string> flags;
    std::string error;
  } rows[] = {
      {{"--headers", mail.headers}, "no secret given"},
      {{"--secret-file", mail.secret}, "no headers given"},
      {{"--secret-file", mail.file("empty", ""), "--headers", mail.headers}, "is empty"},
      {{"--secret-file", mail.file("blank", "  \n"), "--headers", mail.headers}, "is empty"},
      {{"--secret-file", mail.file("nul", std::string("a\0b", 3)), "--headers", mail.headers},
       "control character"},
      {{"--secret-file", mail.secret, "--headers", mail.file("bad", std::string("a: b\0", 5))},
       "contain a NUL byte"},
      {{"--secret-file", mail.secret, "--headers", mail.file("none", "nothing")},
       "line 1 is not a valid header"},
      {{"--secret-file", mail.secret, "--headers", mail.path("missing")}, "cannot open"},
      {{"--secret-file", mail.secret, "--header", "no colon"}, "not a valid header"},
      {{"--secret-file", mail.secret, "--headers", "-"}, "can be read only once"},
      {{"--secret-file", "-", "--headers", mail.headers}, "can be read only once"},
      {{"--secret-file", mail.secret, "--headers", mail.headers, "--scheme", "githib"},
       "did you mean \"github\"?"},
      {{"--secret-file", mail.secret, "--headers", mail.headers, "--now", "yesterday"},
       "not a valid time"},
      {{"--secret-file", mail.secret, "--headers", mail.headers, "--digest", "sha1"},
       "--digest requires --scheme generic"},
      {{"--secret-file", mail.secret, "--headers", mail.headers, "--scheme", "generic"},
       "needs --signature-header"},
      {{"--secret-file", mail.secret, "--scheme", "github", "--timestamp", "1"},
       "--timestamp is not a header of github"},
      {{"--secret-file", mail.secret, "--scheme", "twilio", "--signature", "x", "--url", "/path"},
       "the URL must begin with http:// or https://"},
      {{"--secret-file", mail.file("nbsp", "\u00a0\n"), "--headers", mail.headers}, "is empty"},
      {{"--secret-file", mail.file("prefix", "whsec_\n"), "--headers", mail.headers}, "is empty"},
  };
  for (const auto& row : rows) {
    INFO(row.error);
    const CliResult result = mail.verify(row.flags);
    CHECK(result.out.empty());
    CHECK((result.code == 2 || (result.code == 3 && row.error == "cannot open")));
    CHECK_MESSAGE(contains(result.err, row.error), result.err);
  }
}

TEST_CASE("a generic scheme is described by flags") {
  Mailbox mail;
  const std::vector<std::string> scheme = {
      "--scheme",           "generic",  "--signature-header", "X-Sig",
      "--timestamp-header", "X-Time",   "--id-header",        "X-Id",
      "--prefix",           "sig=",     "--content",          "{id}|{timestamp}|{body}",
      "--digest",           "sha512",   "--encoding",         "base64",
      "--secret-file",      mail.secret};
  std::vector<std::string> sign = {"sign",       "--id",   "i1",     "--timestamp",
                                   "1614265330", "--body", mail.body};
  sign.insert(sign.end(), scheme.begin(), scheme.end());
  const std::string headers = mail.must(sign);
  CHECK(headers.starts_with("x-id: i1\nx-time: 1614265330\nx-sig: sig="));
  std::vector<std::string> verify = scheme;
  for (const std::string& word :
       {std::string("--headers"), mail.file("made", headers), std::string("--body"), mail.body}) {
    verify.push_back(word);
  }
  CHECK(mail.verify(verify).code == 0);
  const CliResult unknown = mail.run({"sign", "--scheme", "generic", "--signature-header", "x",
                                      "--content", "{bdoy}", "--secret-file", mail.secret},
                                     {.in = ""});
  CHECK(unknown.code == 2);
  CHECK(contains(unknown.err, "unknown {bdoy}"));
}

TEST_CASE("what sign makes, verify accepts, for every scheme") {
  Mailbox mail;
  const std::string standard = official_secret;
  const std::string seed(64, 'a');
  const struct {
    std::string scheme;
    std::string secret;
    std::string body;
    std::string url;
  } rows[] = {
      {"delivery", standard, official_body, ""},
      {"standard", standard, official_body, ""},
      {"standard", "whsk_" + std::string(43, 'A') + "=", official_body, ""},
      {"svix", standard, official_body, ""},
      {"thig", "plain", official_body, ""},
      {"github", "plain", official_body, ""},
      {"gitlab", "plain", official_body, ""},
      {"stripe", standard, official_body, ""},
      {"slack", "plain", "a=1&b=2", ""},
      {"shopify", "plain", official_body, ""},
      {"linear", "plain", R"({"webhookTimestamp":1768471200000})", ""},
      {"zoom", "plain", official_body, ""},
      {"square", "plain", official_body, "https://example.com/hook"},
      {"twilio", "plain", "b=2&a=1", "https://example.com/hook?x=1"},
      {"meta", "plain", official_body, ""},
  };
  for (const auto& row : rows) {
    INFO(row.scheme);
    const std::string secret = mail.file("secret", row.secret);
    std::vector<std::string> flags = {"--secret-file", secret, "--body",
                                      mail.file("body", row.body)};
    if (!row.url.empty()) flags.insert(flags.end(), {"--url", row.url});
    std::vector<std::string> sign = {"sign", "--scheme", row.scheme};
    sign.insert(sign.end(), flags.begin(), flags.end());
    const std::string headers = mail.file("headers", mail.must(sign));
    for (const std::string& scheme :
         {std::string("auto"), row.scheme == "delivery" ? "thig" : row.scheme}) {
      std::vector<std::string> verify = {"verify", "--scheme", scheme, "--headers", headers};
      verify.insert(verify.end(), flags.begin(), flags.end());
      const CliResult result = mail.run(verify);
      CHECK_MESSAGE(result.code == 0, result.out, result.err);
    }
  }
}

TEST_CASE("sign refuses what no receiver would accept") {
  Mailbox mail;
  const struct {
    std::vector<std::string> flags;
    std::string error;
  } rows[] = {
      {{"--id", "a.b"}, "webhook-id holds a \".\""},
      {{"--id", "a\nx-evil: 1"}, "must not contain control characters"},
      {{"--id", " "}, "the webhook-id header is empty"},
      {{"--scheme", "square"}, "Square signs the URL too"},
      {{"--scheme", "linear"}, "the body is not a JSON object with a webhookTimestamp"},
      {{"--scheme", "discord"}, "the secret cannot sign as Discord does"},
      {{"--scheme", "twilio", "--url", "https://x/?bodySHA256=00"}, "is not the hash of the body"},
      {{"--scheme", "twilio", "--url", "not a url"}, "the URL has a space"},
      {{"--scheme", "square", "--url", "example.com/x"}, "must begin with http://"},
      {{"--scheme", "github", "--id", "x"}, "--id has no effect: GitHub does not sign it"},
      {{"--scheme", "github", "--timestamp", "5"}, "--timestamp has no effect: GitHub"},
      {{"--scheme", "linear", "--timestamp", "5"}, "--timestamp has no effect: Linear"},
      {{"--scheme", "generic", "--signature-header", "x", "--prefix", "a\nX-Evil: 1"},
       "must not contain control characters"},
      {{"--scheme", "generic", "--signature-header", "x", "--key-form", "hex"},
       "whose keys are hexadecimal"},
      {{"--scheme", "generic", "--signature-header", "x", "--key-form", "base64"},
       "whose keys are base64"},
      {{"--curl"}, "--curl needs a URL"},
  };
  for (const auto& row : rows) {
    std::vector<std::string> words = {"sign", "--secret-file", mail.secret, "--body", mail.body};
    words.insert(words.end(), row.flags.begin(), row.flags.end());
    const CliResult result = mail.run(words);
    CHECK(result.code == 2);
    CHECK(result.out.empty());
    CHECK_MESSAGE(contains(result.err, row.error), result.err);
  }
  const CliResult plain =
      mail.run({"sign", "--secret", "plain", "--scheme", "standard"}, {.in = "x"});
  CHECK(plain.code == 2);
  CHECK(mail.run({"sign", "--secret", "s", "--curl", "--url", "https://x/"}, {.in = "x"}).code ==
        2);
}

TEST_CASE("sign says which of the secrets it did without") {
  Mailbox mail;
  const std::string plain = mail.file("plain", "plain-secret");
  const std::string another = mail.file("second", "second-secret");
  const std::string asymmetric = mail.file("asymmetric", "whsk_" + std::string(42, 'A') + "E=");
  const struct {
    std::vector<std::string> flags;
    std::string note;  // empty: none
  } rows[] = {
      {{"--scheme", "github", "--secret-file", plain, "--secret-file", another},
       "signed with only 1 of 2 secrets: the header has room for one signature"},
      {{"--scheme", "github", "--secret-file", asymmetric, "--secret-file", plain},
       "signed with only 1 of 2 secrets: the other secrets are not valid keys for this scheme"},
      {{"--scheme", "standard", "--secret-file", plain, "--secret-file", mail.secret},
       "signed with only 1 of 2 secrets: the other secrets are not valid keys for this scheme"},
      {{"--scheme", "stripe", "--secret-file", plain, "--secret-file", another}, ""},
      {{"--secret-file", mail.secret, "--secret-file", plain}, ""},
  };
  for (const auto& row : rows) {
    std::vector<std::string> words = {"sign", "--body", mail.body};
    words.insert(words.end(), row.flags.begin(), row.flags.end());
    const CliResult result = mail.run(words);
    CHECK(result.code == 0);
    CHECK_MESSAGE(contains(result.err, row.note), result.err);
    CHECK(contains(result.err, "signed with only") == !row.note.empty());
  }
  // One that signs nothing at all is an error, not an empty header.
  const CliResult none = mail.run({"sign", "--body", mail.body, "--secret-file", asymmetric});
  CHECK(none.code == 2);
  CHECK(none.out.empty());
  CHECK(contains(none.err, "the secret cannot sign as thig does, whose keys are text"));
}

TEST_CASE("sign --curl is a command that a shell reads as it is meant") {
  Mailbox mail;
  const std::string body = mail.file("it's a body", "{}");
  const std::string command =
      mail.must({"sign", "--secret-file", mail.secret, "--scheme", "github", "--body", body,
                 "--curl", "--url", "https://example.com/?a='b'"});
  CHECK(contains(command, "  --data-binary '@" + mail.path("it'\\''s a body") + "' \\\n"));
  CHECK(contains(command, "  -H 'content-type: application/json' \\\n"));
  CHECK(contains(command, "  -H 'x-hub-signature-256: sha256="));
  CHECK(command.ends_with("  --url 'https://example.com/?a='\\''b'\\'''\n"));
}

TEST_CASE("rotate prints the new secret once, and lets the old one sign for a day") {
  CliHome home;
  home.add("crm");
  const CliResult rotated = home.run({"rotate", "crm"});
  REQUIRE(rotated.code == 0);
  CHECK(rotated.out.starts_with("crm\twh_"));
  CHECK(contains(rotated.err, "the old one remains valid until 2026-01-16T10:00:00Z"));
  CHECK(contains(rotated.err, "store the secret now"));
  const std::string shown = home.must({"show", "crm", "--json", "--reveal-secret"});
  const auto secrets = json_elements(*json_find(shown, "secrets"));
  REQUIRE(secrets.size() == 2);
  CHECK(contains(rotated.out, text_of(secrets[0], "secret")));
  CHECK(text_of(secrets[1], "secret") == test_secret);
  CHECK(text_of(secrets[1], "expiresAt") == "2026-01-16T10:00:00.000Z");

  const std::string json = home.must({"rotate", "crm", "--overlap", "0s", "--json"});
  CHECK(text_of(json, "name") == "crm");
  CHECK(text_of(json, "oldUntil") == "null");
  CHECK(json_elements(*json_find(home.must({"show", "crm", "--json"}), "secrets")).size() == 1);

  const std::string only = home.must({"rotate", "crm", "--print-secret"});
  CHECK(only.starts_with("whsec_"));
  CHECK(only.size() == 6 + 44 + 1);
  CHECK(home.run({"rotate", "crm", "--print-secret", "--json"}).code == 2);
  CHECK(home.run({"rotate", "crn"}).code == 4);
  CHECK(home.run({"rotate", "crm", "--overlap", "soon"}).code == 2);
  home.user = {"eve", false};
  CHECK(home.run({"rotate", "crm"}).code == 77);
}

TEST_CASE("test --dry-run shows the exact request and records nothing") {
  CliHome home;
  home.add("crm");
  const CliResult shown = home.run({"test", "crm", "--dry-run", "--event", "project.created"});
  CHECK(shown.code == 0);
  CHECK(contains(shown.out, "request\tPOST https://"));
  CHECK(contains(shown.out, "  header\twebhook-signature: v1,"));
  CHECK(contains(shown.out, "  v1 signs\tdlv_"));
  CHECK(contains(shown.out, R"("event":"project.created")"));
  CHECK(contains(shown.err, "nothing was sent"));
  CHECK(home.must({"deliveries", "--json"}) == "[]\n");
  CHECK_FALSE(contains(shown.out, test_secret));

  // What webhooks send besides may be secret, as `show` treats it.
  home.add("erp", "*", {"--header", "x-api-key: s3cret-value"});
  for (const std::string form : {"--color=never", "--json"}) {
    const std::string out = home.must({"test", "erp", "--dry-run", form});
    CHECK(contains(out, "x-api-key"));
    CHECK_FALSE(contains(out, "s3cret-value"));
  }
  const std::string json =
      home.must({"send-test", "--url", "https://example.com/x", "--dry-run", "--json"});
  CHECK(text_of(json, "dryRun") == "true");
  CHECK(text_of(json, "webhook") == "null");
  CHECK(contains(text_of(json, "request"), R"("method":"POST")"));
}

TEST_CASE("a call of test that makes no sense is an error") {
  CliHome home;
  home.add("crm");
  const struct {
    std::vector<std::string> words;
    int code;
    std::string error;
  } rows[] = {
      {{"test"}, 2, "WEBHOOK or --url is required"},
      {{"test", "crm", "--url", "https://x.test/"}, 2, "cannot be combined"},
      {{"test", "crm", "--all"}, 2, "cannot be combined"},
      {{"test", "--all", "--url", "https://x.test/"}, 2, "cannot be combined"},
      {{"test", "crm", "--allow-private"}, 2, "with its own settings"},
      {{"test", "crm", "--secret", "x"}, 2, "with its own settings"},
      {{"test", "crn"}, 4, "there is no webhook crn"},
      {{"test", "crm", "--event", "project.craeted"}, 4, "project.craeted"},
      {{"test", "crm", "--data", "{"}, 2, "JSON"},
      {{"test", "--url", "http://x.test/"}, 2, "HTTPS"},
      {{"test", "--url", "https://"}, 2, ""},
      {{"test", "--url", "https://x.test/", "--timeout", "1ms"}, 2, "timeout"},
      {{"test", "--url", "https://x.test/", "--secret", " "}, 2, "the secret is empty"},
      {{"test", "--url", "https://x.test/", "--header", "host: y"}, 2, "host"},
      {{"test", "--url", "https://x.test/", "--ca-file", "/nonexistent"}, 3, "cannot open"},
  };
  for (const auto& row : rows) {
    const CliResult result = home.run(row.words);
    CAPTURE(row.error);
    CHECK(result.code == row.code);
    CHECK(result.out.empty());
    CHECK_MESSAGE(contains(result.err, row.error), result.err);
  }
  home.user = {"mia", false};
  CHECK(home.run({"test", "crm"}).code == 77);
  CHECK(home.must({"deliveries", "--json"}) == "[]\n");
}

}  // namespace thig

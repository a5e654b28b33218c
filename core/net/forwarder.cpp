#include "core/net/forwarder.h"

#include "core/base/codec.h"
#include "core/base/thread.h"
#include "core/net/curl_library.h"
#include "core/net/request_headers.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <mutex>
#include <string_view>
#include <utility>

#include <curl/curl.h>
#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::size_t most_kept = 64u << 10;
constexpr std::size_t most_headers = 64;

// Of the connection, or made anew for the next one.
constexpr std::string_view not_passed_on[] = {
    "connection",       "content-length",
    "expect",           "host",
    "keep-alive",       "te",
    "trailer",          "upgrade",
    "proxy-connection", "transfer-encoding",
};

bool is_passed_on(std::string_view name) {
  return std::ranges::find(not_passed_on, name) == std::end(not_passed_on);
}

struct UrlDeleter {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
struct EasyDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};

Status check_forward_url(const std::string& text) {
  const std::unique_ptr<CURLU, UrlDeleter> url(curl_url());
  const bool known = text.starts_with("http://") || text.starts_with("https://");
  if (known && url && curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) == CURLUE_OK) {
    return {};
  }
  return fail(ErrorCode::usage, fmt::format("\"{}\" is not an http or https URL", text),
              "such as http://127.0.0.1:3000/hook");
}

std::string with_query(std::string url, std::string_view target) {
  const auto query = target.find('?');
  if (query == target.npos) return url;
  url += url.find('?') == url.npos ? '?' : '&';
  return url.append(target.substr(query + 1));
}

class CurlForwarder final : public Forwarder {
 public:
  explicit CurlForwarder(ForwarderOptions options) : options_(std::move(options)) {}
  ~CurlForwarder() override {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

  Status start() {
    THIG_TRY_ASSIGN(thread, start_thread([this] { work(); }));
    thread_ = std::move(thread);
    return {};
  }

  void forward(HttpRequest request, Done done) override {
    {
      const std::lock_guard lock(mutex_);
      waiting_.emplace_back(std::move(request), std::move(done));
    }
    changed_.notify_all();
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
      if (ending_) return;
      const auto [request, done] = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      ForwardedAnswer answer = send(request);
      if (!ending_) done(std::move(answer));
      lock.lock();
    }
  }

  ForwardedAnswer send(const HttpRequest& request) {
    const auto began = std::chrono::steady_clock::now();
    answer_ = {};
    const std::unique_ptr<CURL, EasyDeleter> easy(curl_easy_init());
    if (!easy) return {.failure = "libcurl cannot be used"};
    if (const Status taken = take_headers(request); !taken) return {.failure = taken.error().text};
    const std::string url = with_query(options_.url, request.target);
    set_up(easy.get(), request, url);
    const CURLcode code = curl_easy_perform(easy.get());
    long status = 0;
    curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
    // The rest of a long answer is left where it is.
    const bool cut = code == CURLE_WRITE_ERROR && answer_.body.size() >= most_kept;
    if (code == CURLE_OK || cut) {
      answer_.status = static_cast<int>(status);
    } else {
      answer_ = {.failure = message_[0] != '\0' ? std::string(message_) : curl_easy_strerror(code)};
    }
    answer_.took = std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - began);
    return std::move(answer_);
  }

  Status take_headers(const HttpRequest& request) {
    std::vector<Header> passed_on;
    std::ranges::copy_if(request.headers, std::back_inserter(passed_on),
                         [](const Header& header) { return is_passed_on(header.name); });
    return headers_.build(passed_on);
  }

  void set_up(CURL* easy, const HttpRequest& request, const std::string& url) {
    message_[0] = '\0';
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, message_);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(options_.timeout.count()));
    if (!options_.ca_file.empty()) {
      curl_easy_setopt(easy, CURLOPT_CAINFO, options_.ca_file.c_str());
    }
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_.list());
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, this);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
  }

  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self) {
    std::vector<Header>& headers = static_cast<CurlForwarder*>(self)->answer_.headers;
    const std::string_view line(data, size * count);
    if (line.starts_with("HTTP/")) headers.clear();  // that of a 1xx went before
    const auto colon = line.find(':');
    if (colon != line.npos && headers.size() < most_headers) {
      std::string name = ascii_lower(line.substr(0, colon));
      if (is_passed_on(name)) {
        headers.push_back({std::move(name), std::string(trimmed(line.substr(colon + 1)))});
      }
    }
    return size * count;
  }

  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self) {
    std::string& body = static_cast<CurlForwarder*>(self)->answer_.body;
    const std::size_t taken = std::min(size * count, most_kept - body.size());
    body.append(data, taken);
    return taken;
  }

  static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<CurlForwarder*>(self)->ending_ ? 1 : 0;
  }

  const ForwarderOptions options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::pair<HttpRequest, Done>> waiting_;
  std::atomic<bool> ending_{false};
  // Of the request under way; the thread's own.
  RequestHeaders headers_;
  ForwardedAnswer answer_;
  char message_[CURL_ERROR_SIZE] = {};
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Forwarder>> open_forwarder(const ForwarderOptions& options) {
  THIG_TRY(load_curl_library());
  THIG_TRY(check_forward_url(options.url));
  auto forwarder = std::make_unique<CurlForwarder>(options);
  THIG_TRY(forwarder->start());
  return forwarder;
}

}  // namespace thig

// The ceiling above a drain: the same POSTs over the same TLS by a bare libcurl multi loop, with
// the same headers and one HMAC each, on one thread; nothing is read from a database, nothing
// recorded.
//
// usage: bare_sender URLS_FILE CA_FILE REQUESTS IN_FLIGHT BODY_BYTES — prints seconds. URLs are one
// a line; each transfer keeps to one, so that its connection serves it again.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <curl/curl.h>
#include <openssl/evp.h>
#include <sys/epoll.h>

namespace {

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "bare_sender: %s\n", what);
  std::exit(3);
}

// HMAC-SHA256 in base64 under one key, whose state is made once.
class Signer {
 public:
  Signer() {
    EVP_MAC* mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    context_ = EVP_MAC_CTX_new(mac);
    EVP_MAC_free(mac);
    char digest[] = "SHA256";
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string("digest", digest, 0),
                                 OSSL_PARAM_construct_end()};
    const unsigned char key[32] = {1, 2, 3};
    if (EVP_MAC_init(context_, key, sizeof key, params) != 1) fail("no HMAC");
  }
  ~Signer() { EVP_MAC_CTX_free(context_); }
  Signer(const Signer&) = delete;
  Signer& operator=(const Signer&) = delete;

  std::string sign(const std::string& head, const std::string& body) {
    std::array<unsigned char, 32> digest;
    std::array<unsigned char, 48> text;
    std::size_t size = 0;
    if (EVP_MAC_init(context_, nullptr, 0, nullptr) != 1 || !update(head) || !update(body) ||
        EVP_MAC_final(context_, digest.data(), &size, digest.size()) != 1) {
      fail("cannot sign");
    }
    const int length = EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(size));
    return {reinterpret_cast<const char*>(text.data()), static_cast<std::size_t>(length)};
  }

 private:
  bool update(const std::string& text) {
    return EVP_MAC_update(context_, reinterpret_cast<const unsigned char*>(text.data()),
                          text.size()) == 1;
  }

  EVP_MAC_CTX* context_;
};

struct Job {
  std::vector<std::string> urls;
  std::string ca_file;
  long requests = 0, in_flight = 0;
  std::string body;
};

class BareSender {
 public:
  explicit BareSender(Job job) : job_(std::move(job)) {
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, job_.in_flight + 1);
  }

  void run() {
    for (long i = 0; i < std::min(job_.in_flight, job_.requests); ++i) {
      const auto& url = job_.urls[static_cast<std::size_t>(i) % job_.urls.size()];
      start(transfers_.emplace_back(job_, url));
    }
    std::array<epoll_event, 128> events;
    while (done_ < job_.requests) {
      if (timeout_ == 0) {  // a transfer was added: it begins now, and may have ended, too
        time_out();
        take_answers();
      }
      const int wait = timeout_ < 0 ? 1'000 : static_cast<int>(timeout_);
      const int ready = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait);
      if (ready == 0) time_out();
      for (int i = 0; i < ready; ++i) {
        const auto& event = events[static_cast<std::size_t>(i)];
        const int what = (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR) ? CURL_CSELECT_IN : 0) |
                         (event.events & EPOLLOUT ? CURL_CSELECT_OUT : 0);
        curl_multi_socket_action(multi_, event.data.fd, what, &running_);
      }
      take_answers();
    }
  }

 private:
  struct Transfer {
    Transfer(const Job& job, const std::string& url) : easy(curl_easy_init()) {
      curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
      curl_easy_setopt(easy, CURLOPT_CAINFO, job.ca_file.c_str());
      curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
      curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 60L);
      curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
      curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
      curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
      curl_easy_setopt(easy, CURLOPT_PROXY, "");
      curl_easy_setopt(easy, CURLOPT_POST, 1L);
      curl_easy_setopt(easy, CURLOPT_USERAGENT, "thig-hooks/bare");
      curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 8L << 10);
      curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 16L << 10);
      curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(job.body.size()));
      curl_easy_setopt(easy, CURLOPT_POSTFIELDS, job.body.data());
      curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
    }
    ~Transfer() { curl_easy_cleanup(easy); }
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;

    CURL* easy;
    std::array<std::string, 5> lines;
    std::array<curl_slist, 5> entries{};
  };

  void start(Transfer& transfer) {
    const long number = started_++;
    const std::string id = "dlv_" + std::to_string(100'000'000'000'000'000 + number);
    const std::string now = std::to_string(std::time(nullptr));
    transfer.lines = {
        "content-type: application/json", "webhook-id: " + id, "webhook-timestamp: " + now,
        "webhook-signature: v1," + signer_.sign(id + "." + now + ".", job_.body), "Expect:"};
    for (std::size_t i = 0; i < transfer.lines.size(); ++i) {
      const bool last = i + 1 == transfer.lines.size();
      transfer.entries[i] = {transfer.lines[i].data(), last ? nullptr : &transfer.entries[i + 1]};
    }
    curl_easy_setopt(transfer.easy, CURLOPT_HTTPHEADER, transfer.entries.data());
    curl_multi_add_handle(multi_, transfer.easy);
  }

  void time_out() {
    timeout_ = -1;
    curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running_);
  }

  void take_answers() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      Transfer* transfer = nullptr;
      long status = 0;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
      curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
      if (message->data.result != CURLE_OK) fail(curl_easy_strerror(message->data.result));
      if (status < 200 || status > 299) fail("an answer was not 2xx");
      curl_multi_remove_handle(multi_, transfer->easy);
      ++done_;
      if (started_ < job_.requests) start(*transfer);
    }
  }

  static int on_socket(CURL*, curl_socket_t fd, int what, void* self, void* known) {
    auto& sender = *static_cast<BareSender*>(self);
    if (what == CURL_POLL_REMOVE) {
      epoll_ctl(sender.epoll_, EPOLL_CTL_DEL, fd, nullptr);
      return 0;
    }
    epoll_event event{};
    event.events = (what & CURL_POLL_IN ? unsigned{EPOLLIN} : 0u) |
                   (what & CURL_POLL_OUT ? unsigned{EPOLLOUT} : 0u);
    event.data.fd = fd;
    epoll_ctl(sender.epoll_, known != nullptr ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
    if (known == nullptr) curl_multi_assign(sender.multi_, fd, self);
    return 0;
  }

  static int on_timer(CURLM*, long timeout, void* self) {
    static_cast<BareSender*>(self)->timeout_ = timeout;
    return 0;
  }

  Job job_;
  Signer signer_;
  CURLM* multi_ = curl_multi_init();
  int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  int running_ = 0;
  long timeout_ = -1;  // ms; below 0: none
  long started_ = 0;
  long done_ = 0;
  std::deque<Transfer> transfers_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  Job job{.urls = {},
          .ca_file = argv[2],
          .requests = std::atol(argv[3]),
          .in_flight = std::atol(argv[4]),
          .body = std::string(std::strtoul(argv[5], nullptr, 10), 'x')};
  std::ifstream file(argv[1]);
  for (std::string url; std::getline(file, url);) job.urls.push_back(url);
  if (job.urls.empty()) fail("there are no URLs");
  curl_global_init(CURL_GLOBAL_DEFAULT);
  BareSender sender(std::move(job));
  const auto start = std::chrono::steady_clock::now();
  sender.run();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::printf("%.4f\n", took.count());
}

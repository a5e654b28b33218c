#include "core/net/connection_group.h"

namespace thig {

ConnectionPolicy policy_of(const SendTarget& target) {
  return {target.allow_private, target.ca_file, target.client_cert, target.client_key, target.tls};
}

std::unique_ptr<ConnectionGroup> ConnectionGroup::open(EventLoop& loop, std::uint32_t number,
                                                       std::size_t most_connections) {
  CURLM* multi = curl_multi_init();
  if (multi == nullptr) return nullptr;
  return std::unique_ptr<ConnectionGroup>(
      new ConnectionGroup(loop, number, multi, most_connections));
}

ConnectionGroup::ConnectionGroup(EventLoop& loop, std::uint32_t number, CURLM* multi,
                                 std::size_t most_connections)
    : loop_(loop), number_(number), multi_(multi) {
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, on_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_PIPELINING, long{CURLPIPE_NOTHING});
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(most_connections));
}

ConnectionGroup::~ConnectionGroup() {
  curl_multi_cleanup(multi_);
}

bool ConnectionGroup::add(CURL* easy) {
  return curl_multi_add_handle(multi_, easy) == CURLM_OK;
}

void ConnectionGroup::remove(CURL* easy) {
  curl_multi_remove_handle(multi_, easy);
}

void ConnectionGroup::on_ready(const EventLoop::Ready& ready) {
  const int mask = (ready.readable ? CURL_CSELECT_IN : 0) |
                   (ready.writable ? CURL_CSELECT_OUT : 0) | (ready.failed ? CURL_CSELECT_ERR : 0);
  int running = 0;
  curl_multi_socket_action(multi_, ready.fd, mask, &running);
}

void ConnectionGroup::run_due(Steady::time_point now) {
  if (!due_ || *due_ > now) return;
  due_.reset();
  int running = 0;
  curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
}

std::optional<std::pair<CURL*, CURLcode>> ConnectionGroup::next_ended() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg == CURLMSG_DONE) return std::pair{message->easy_handle, message->data.result};
  }
  return std::nullopt;
}

int ConnectionGroup::on_socket(CURL*, curl_socket_t fd, int what, void* self, void*) {
  auto& group = *static_cast<ConnectionGroup*>(self);
  if (what == CURL_POLL_REMOVE) {
    group.loop_.rest(fd);
  } else {
    group.loop_.watch(fd, (what & CURL_POLL_IN) != 0, (what & CURL_POLL_OUT) != 0, group.number_);
  }
  return 0;
}

int ConnectionGroup::on_timer(CURLM*, long milliseconds, void* self) {
  auto& due = static_cast<ConnectionGroup*>(self)->due_;
  if (milliseconds < 0) {
    due.reset();
  } else {
    due = Steady::now() + std::chrono::milliseconds(milliseconds);
  }
  return 0;
}

}  // namespace thig

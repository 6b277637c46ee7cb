// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>

/// A nats-server of a test's own: on 127.0.0.1, on a free port, in a folder that goes with it.
namespace coview_test {

/// The program; empty where it is not installed.
[[nodiscard]] std::string const& nats_server_path();

class nats_server {
 public:
  /// `more`: further lines of its configuration. With streams unless `streams` is false.
  explicit nats_server(std::string more = {}, bool streams = true);
  nats_server(nats_server const&) = delete;
  nats_server& operator=(nats_server const&) = delete;
  ~nats_server();

  [[nodiscard]] std::string url(std::string const& scheme = "nats") const;
  [[nodiscard]] int port() const noexcept { return port_; }
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  [[nodiscard]] std::filesystem::path const& folder() const noexcept { return folder_; }
  /// SIGKILL, and gone when this returns.
  void kill();
  /// On the same port, with what it had stored.
  void start();
  void restart() {
    kill();
    start();
  }
  /// Another configuration, from the next start on.
  void configure(std::string more) { more_ = std::move(more); }

 private:
  std::string more_;
  bool streams_;
  std::filesystem::path folder_;
  int port_ = -1;
  pid_t pid_ = -1;
};

/// A port on 127.0.0.1 that nobody has now.
[[nodiscard]] int free_port();

}  // namespace coview_test

/// At the beginning of a test that needs a server.
#define NEEDS_NATS_SERVER()                                                                           \
  do {                                                                                                \
    if (coview_test::nats_server_path().empty()) GTEST_SKIP() << "nats-server is not installed here"; \
  } while (false)

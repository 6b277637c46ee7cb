// SPDX-License-Identifier: Apache-2.0
#include "copying/hashes.hpp"

#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <memory>
#include <stdexcept>

#ifdef COVIEW_SHA256
#ifdef COVIEW_STATIC_PROGRAM
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
#else
#include <openssl/evp.h>
#endif
#endif
#ifdef COVIEW_BLAKE3
#include <blake3.h>
#endif

#include "shared/exit_code.hpp"
#include "shared/text.hpp"

namespace coview::tool {

namespace {

#if defined(COVIEW_SHA256) && defined(COVIEW_STATIC_PROGRAM)
// Without EVP, which would bring all of OpenSSL into the file, and load modules of another OpenSSL as settings say.
class sha256 final : public hasher {
 public:
  sha256() { SHA256_Init(&state_); }
  void update(std::span<std::byte const> bytes) override { SHA256_Update(&state_, bytes.data(), bytes.size()); }
  std::string finish() override {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> sum{};
    SHA256_Final(sum.data(), &state_);
    return hex(std::as_bytes(std::span(sum)));
  }

 private:
  SHA256_CTX state_{};
};
#elif defined(COVIEW_SHA256)
class sha256 final : public hasher {
 public:
  sha256() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) {
      throw std::runtime_error("OpenSSL has no SHA-256 here");
    }
  }
  void update(std::span<std::byte const> bytes) override {
    if (EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1) {
      throw std::runtime_error("OpenSSL failed to go on with a SHA-256");
    }
  }
  std::string finish() override {
    std::array<unsigned char, EVP_MAX_MD_SIZE> sum{};
    unsigned length = 0;
    if (EVP_DigestFinal_ex(context_.get(), sum.data(), &length) != 1) {
      throw std::runtime_error("OpenSSL failed to end a SHA-256");
    }
    return hex(std::as_bytes(std::span(sum).first(length)));
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};
#endif

#ifdef COVIEW_BLAKE3
class blake3 final : public hasher {
 public:
  blake3() { blake3_hasher_init(&state_); }
  void update(std::span<std::byte const> bytes) override {
    blake3_hasher_update(&state_, bytes.data(), bytes.size());
  }
  std::string finish() override {
    std::array<std::uint8_t, BLAKE3_OUT_LEN> sum{};
    blake3_hasher_finalize(&state_, sum.data(), sum.size());
    return hex(std::as_bytes(std::span(sum)));
  }

 private:
  blake3_hasher state_{};
};
#endif

constexpr std::array known = {"xxh3", "sha256", "blake3"};

}  // namespace

std::vector<std::string> const& hash_names() {
  static std::vector<std::string> const names = {
      "xxh3",
#ifdef COVIEW_SHA256
      "sha256",
#endif
#ifdef COVIEW_BLAKE3
      "blake3",
#endif
  };
  return names;
}

hash_maker hash_named(std::string const& name) {
  if (name == "xxh3") return xxh3;
#ifdef COVIEW_SHA256
  if (name == "sha256") return [] { return std::make_unique<sha256>(); };
#endif
#ifdef COVIEW_BLAKE3
  if (name == "blake3") return [] { return std::make_unique<blake3>(); };
#endif
  throw failure(exit_usage, fmt::format("the hash {} is not built into this program", name),
                fmt::format("it has {}", fmt::join(hash_names(), ", ")));
}

void add_hash(argument_list& takes, std::string& name, std::string const& help) {
  takes.option("--hash", name, help).type_name("HASH").one_of(std::vector<std::string>(known.begin(), known.end()));
}

}  // namespace coview::tool

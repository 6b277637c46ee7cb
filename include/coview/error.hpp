// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <system_error>

#include <coview/export.hpp>

namespace coview {

/// What every operation that opens, creates, maps or removes throws when it cannot.
///
/// `code()` is an `errno` value in the generic category, so it compares with `std::errc`:
///
///     catch (coview::error const& e) { if (e.code() == std::errc::no_such_file_or_directory) ... }
///
/// `what()` is one sentence that names the operation, the object, the cause and, where there is one, the remedy:
///
///     cannot open mapping 'MySharedMem': nobody holds it; create it first, 'coview ls' shows what exists
///
/// Which codes a function can throw is listed with the function. Copying an error never throws.
class COVIEW_EXPORT error : public std::system_error {
 public:
  /// What happened, in parts; `what()` is made of them.
  struct parts {
    std::string operation;  ///< "open", "create", "map" ...
    std::string object;     ///< what it was done to, as a person would call it: "mapping 'MySharedMem'"
    std::string cause;      ///< why it failed
    std::string remedy;     ///< what to do about it; empty where nothing is known to help
  };

  error(std::errc code, parts text);
  error(int errno_value, parts text);
  error(error const&) noexcept = default;
  error& operator=(error const&) noexcept = default;
  ~error() override;

  /// The whole sentence.
  [[nodiscard]] char const* what() const noexcept override { return text_->sentence.c_str(); }
  [[nodiscard]] std::string const& operation() const noexcept { return text_->operation; }
  [[nodiscard]] std::string const& object() const noexcept { return text_->object; }
  [[nodiscard]] std::string const& cause() const noexcept { return text_->cause; }
  [[nodiscard]] std::string const& remedy() const noexcept { return text_->remedy; }

 private:
  struct sentence_and_parts : parts {
    std::string sentence;
  };
  std::shared_ptr<sentence_and_parts const> text_;  // shared, so that copying an exception cannot fail
};

}  // namespace coview

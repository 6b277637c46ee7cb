// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

/// A command line as Windows programs write it, and the program that it names.
namespace coview::win32 {

/// Arguments by the rules of Microsoft's C run-time library: blanks separate, quotation marks keep together,
/// backslashes are special only in front of a quotation mark. The first one, the program, knows no backslashes.
std::vector<std::string> split_command_line(std::string_view line);

/// Quotes one argument so that `split_command_line` gives it back, and whatever takes line ends for blanks as well.
std::string quote_argument(std::string_view argument);

/// The absolute Linux path of the program that `CreateProcess` starts, and its arguments.
struct program {
  std::string path;
  std::vector<std::string> arguments;
};

/// `application` empty: the command line's first token names it, which without a directory is looked for beside this
/// program, in the current directory and along PATH. A name that ends in ".exe" also leads to the file without that
/// ending, and the other way round. A process that is os::privileged() takes nothing from the current directory,
/// whatever names it, and looks along /usr/local/bin:/usr/bin:/bin. Throws ERROR_FILE_NOT_FOUND,
/// ERROR_PATH_NOT_FOUND, ERROR_ACCESS_DENIED.
program find_program(std::string_view application, std::string_view command_line);

/// Where this program's file stands, without a slash at the end. Empty where nothing tells; and, of a privileged
/// process, where the directory is writable for everybody, or neither root's nor of the program's owner: somebody
/// else may have put a link to the program there.
std::string directory_of_this_program();

}  // namespace coview::win32

// SPDX-License-Identifier: Apache-2.0
// coview completion: the scripts that teach a shell to complete coview's commands, options and names. They ask the
// program itself ("coview complete") what could come next, so that they never fall behind it.
#include <memory>

#include "command.hpp"
#include "completion_scripts.hpp"

namespace coview::tool {

namespace {

action prepare_completion(argument_list& takes, std::vector<std::string> const&) {
  auto shell = std::make_shared<std::string>();
  takes.option("SHELL", *shell, "bash, zsh or fish").type_name("").required().one_of({"bash", "zsh", "fish"});
  return [shell](console& out) {
    out.write(*shell == "bash" ? bash_completion : *shell == "zsh" ? zsh_completion : fish_completion);
    return exit_ok;
  };
}

}  // namespace

constinit command const completion_command = {
    .name = "completion",
    .summary = "Print a script that teaches bash, zsh or fish to complete coview",
    .examples =
        "source <(coview completion bash)\n"
        "coview completion zsh > ~/.zfunc/_coview\n"
        "coview completion fish > ~/.config/fish/completions/coview.fish",
    .details = {},
    .prepare = prepare_completion};

}  // namespace coview::tool

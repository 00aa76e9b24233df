// `weir completion`: scripts that teach a shell weir's commands and flags, made from the parser itself.
#include "app/command.hpp"

namespace weir::app {

namespace {

constexpr const char* bash_function = R"sh(_weir() {
    local at='' next i
    for ((i = 1; i < COMP_CWORD; i++)); do
        next="${at:+$at }${COMP_WORDS[i]}"
        [ -n "$(_weir_words "$next")" ] && at=$next
    done
    COMPREPLY=($(compgen -W "$(_weir_words "$at")" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _weir weir
)sh";

constexpr const char* zsh_function = R"sh(_weir() {
    local at='' next i
    for ((i = 2; i < CURRENT; i++)); do
        next="${at:+$at }${words[i]}"
        [[ -n "$(_weir_words "$next")" ]] && at=$next
    done
    compadd -- ${=$(_weir_words "$at")}
    [[ $PREFIX == -* ]] || _files
}
compdef _weir weir
)sh";

constexpr const char* fish_functions = R"sh(function __weir_at
    set -l said (string match -v -- '-*' (commandline -opc)[2..])
    test "$said" = "$argv"
end
function __weir_in
    set -l said (string match -v -- '-*' (commandline -opc)[2..])
    test "$said[1..$(count $argv)]" = "$argv"
end
)sh";

struct CompletionOptions {
    CLI::App* root = nullptr;
    std::string shell;
};

// A command's place in the tree: "", "topic", "topic create".
struct Place {
    std::string path;
    const CLI::App* command;
    bool is_family;  // has commands below it
};

void collect(const CLI::App& command, const std::string& path, std::vector<Place>& out) {
    const auto below = command.get_subcommands(nullptr);
    out.push_back({path, &command, !below.empty()});
    for (const auto* child : below) {
        collect(*child, path.empty() ? child->get_name() : path + " " + child->get_name(), out);
    }
}

std::vector<std::string> words_at(const CLI::App& command) {
    std::vector<std::string> words;
    for (const auto* child : command.get_subcommands(nullptr)) words.push_back(child->get_name());
    for (const auto* option : command.get_options()) {
        for (const auto& name : option->get_lnames()) words.push_back("--" + name);
        if (option->get_lnames().empty()) {
            for (const auto& name : option->get_snames()) words.push_back("-" + name);
        }
    }
    return words;
}

// For bash and zsh: a function that prints the words that may follow a path of commands.
void print_words_function(const std::vector<Place>& places) {
    fmt::print("_weir_words() {{\n    case \"$1\" in\n");
    for (const auto& place : places) {
        fmt::print("    '{}') echo '{}' ;;\n", place.path, fmt::join(words_at(*place.command), " "));
    }
    fmt::print("    esac\n}}\n");
}

void print_bash(const std::vector<Place>& places) {
    fmt::print("# bash completion of weir: source <(weir completion bash)\n");
    print_words_function(places);
    std::fputs(bash_function, stdout);
}

void print_zsh(const std::vector<Place>& places) {
    fmt::print("#compdef weir\n# zsh completion of weir: source <(weir completion zsh)\n");
    print_words_function(places);
    std::fputs(zsh_function, stdout);
}

std::string quoted(std::string text) {  // for fish: in single quotes only these two are special
    for (std::size_t at = 0; (at = text.find_first_of("'\\", at)) != std::string::npos; at += 2)
        text.insert(at, "\\");
    return "'" + text + "'";
}

void print_fish(const std::vector<Place>& places) {
    fmt::print("# fish completion of weir: weir completion fish | source\n");
    std::fputs(fish_functions, stdout);
    for (const auto& place : places) {
        const auto where = fmt::format("{} {}", place.is_family ? "__weir_at" : "__weir_in", place.path);
        for (const auto* child : place.command->get_subcommands(nullptr)) {
            fmt::print("complete -c weir -f -n {} -a {} -d {}\n", quoted(where), child->get_name(),
                       quoted(child->get_description()));
        }
        for (const auto* option : place.command->get_options()) {
            for (const auto& name : option->get_lnames()) {
                fmt::print("complete -c weir -n {} -l {} -d {}\n", quoted(where), name,
                           quoted(option->get_description()));
            }
        }
    }
}

Result<int> run_completion(const CompletionOptions& options) {
    std::vector<Place> places;
    collect(*options.root, "", places);
    if (options.shell == "bash") print_bash(places);
    if (options.shell == "zsh") print_zsh(places);
    if (options.shell == "fish") print_fish(places);
    return exit_success;
}

}  // namespace

void add_completion_command(CLI::App& parent, Action& action) {
    auto* command =
        parent.add_subcommand("completion", "Print a script that completes weir's commands in a shell.");
    auto options = std::make_shared<CompletionOptions>();
    options->root = &parent;
    command->add_option("shell", options->shell, "bash, zsh or fish.")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}))
        ->type_name("SHELL");
    add_examples(*command,
                 "  source <(weir completion bash)                  now; put it into ~/.bashrc for good\n"
                 "  source <(weir completion zsh)\n"
                 "  weir completion fish > ~/.config/fish/completions/weir.fish");
    run_when_chosen(*command, action, std::move(options), run_completion);
}

}  // namespace weir::app

// The trie walks all patterns at once: after each word of the key it knows the nodes that the words so far
// lead to.
#include "broker/routing/pattern_trie.hpp"

#include <boost/container/small_vector.hpp>
#include <optional>

#include "base/shared_set.hpp"

namespace weir::routing {

namespace {

constexpr std::string_view one_word = "*", any_words = "#";

struct Edge {
    std::string word;
    PatternTrie::NodePtr to;
};
struct ByWord {
    static std::string_view key(const Edge& edge) { return edge.word; }
};

// The words of a text, one after the other; "" has none, "." has two empty ones.
class Words {
  public:
    explicit Words(std::string_view text) : left_(text), at_end_(text.empty()) {}

    std::optional<std::string_view> next() {
        if (at_end_) return std::nullopt;
        const auto dot = left_.find('.');
        const auto word = left_.substr(0, dot);
        at_end_ = dot == std::string_view::npos;
        if (!at_end_) left_.remove_prefix(dot + 1);
        return word;
    }

  private:
    std::string_view left_;
    bool at_end_;
};

}  // namespace

struct PatternTrie::Node {
    SharedSet<Edge, ByWord> words;
    NodePtr star, hash;  // the children of '*' and '#'
    Targets targets;     // of the patterns that end here
    bool is_hash = false;

    bool empty() const { return words.empty() && star == nullptr && hash == nullptr && targets.empty(); }
};

namespace {

using Node = PatternTrie::Node;
using NodePtr = PatternTrie::NodePtr;

NodePtr child(const Node& node, std::string_view word) {
    if (word == one_word) return node.star;
    if (word == any_words) return node.hash;
    const auto* edge = node.words.find(word);
    return edge != nullptr ? edge->to : nullptr;
}

void set_child(Node& node, std::string_view word, NodePtr to) {
    if (word == one_word) {
        node.star = std::move(to);
    } else if (word == any_words) {
        node.hash = std::move(to);
    } else if (to == nullptr) {
        node.words.erase(word);
    } else {
        node.words.put(std::make_shared<const Edge>(Edge{std::string{word}, std::move(to)}));
    }
}

// The node with the change at the end of the words; null if nothing is left of it.
template <class Change>
NodePtr changed(const NodePtr& at, Words words, bool is_hash, const Change& change) {
    auto now = at != nullptr ? std::make_shared<Node>(*at) : std::make_shared<Node>();
    now->is_hash = is_hash;
    if (const auto word = words.next()) {
        set_child(*now, *word, changed(child(*now, *word), words, *word == any_words, change));
    } else {
        change(now->targets);
    }
    return now->empty() ? nullptr : now;
}

using Reached = boost::container::small_vector<const Node*, 32>;

// With the nodes that no further word is needed for.
void reach(const Node* node, Reached& reached) {
    for (; node != nullptr; node = node->hash.get()) reached.push_back(node);
}

void advance(const Reached& from, std::string_view word, Reached& to) {
    bool may_repeat = false;  // a '#' is reached from itself and from the node before it
    for (const auto* node : from) {
        if (node->is_hash) to.push_back(node), reach(node->hash.get(), to);
        may_repeat = may_repeat || node->is_hash;
        if (const auto* edge = node->words.find(word)) reach(edge->to.get(), to);
        reach(node->star.get(), to);
    }
    if (!may_repeat) return;
    std::ranges::sort(to);
    to.erase(std::unique(to.begin(), to.end()), to.end());
}

}  // namespace

void PatternTrie::add(const topology::Binding& binding) {
    root_ = changed(root_, Words{binding.key}, false, [&](Targets& targets) { targets.add(binding); });
}

void PatternTrie::remove(const topology::Binding& binding) {
    root_ = changed(root_, Words{binding.key}, false, [&](Targets& targets) { targets.remove(binding); });
}

void PatternTrie::match(std::string_view key, Step& out) const {
    Reached now, next;
    reach(root_.get(), now);
    Words words{key};
    for (auto word = words.next(); word && !now.empty(); word = words.next()) {
        next.clear();
        advance(now, *word, next);
        now.swap(next);
    }
    for (const auto* node : now) out.add(node->targets);
}

}  // namespace weir::routing

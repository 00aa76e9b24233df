// An ordered set of shared values whose copies share all that has not changed since: a copy is one pointer, a
// change copies the path to one node of a balanced tree.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>

namespace weir {

// A value type like any other; different copies may be used by different threads. `Order::key(const T&)`
// gives what values are told apart and sorted by (a string_view, a number, a tuple of these).
template <class T, class Order>
class SharedSet {
  public:
    using Value = std::shared_ptr<const T>;
    using Key = decltype(Order::key(std::declval<const T&>()));

    // nullptr if there is none.
    const T* find(const Key& key) const { return find_shared(key).get(); }
    const Value& find_shared(const Key& key) const {
        static const Value none;
        const auto* at = root_.get();
        while (at != nullptr) {
            const auto here = Order::key(*at->value);
            if (here == key) return at->value;
            at = (key < here ? at->left : at->right).get();
        }
        return none;
    }

    // Adds `value`, in the place of the one of the same key, if there is one.
    void put(Value value) { root_ = inserted(root_, std::move(value)); }
    void erase(const Key& key) {
        if (find(key) != nullptr) root_ = erased(root_, key);
    }

    // In order.
    template <class Visit>
    void for_each(Visit visit) const {
        walk(root_.get(), visit);
    }
    // In order, from the first that is not less than `least`, until `visit` returns false.
    template <class Visit>
    void for_each_from(const Key& least, Visit visit) const {
        walk_from(root_.get(), least, visit);
    }

    std::size_t size() const { return size_of(root_); }
    bool empty() const { return root_ == nullptr; }
    // Whether nothing was changed since one was copied from the other.
    bool is_shared_with(const SharedSet& other) const { return root_ == other.root_; }

  private:
    struct Node;
    using Link = std::shared_ptr<const Node>;
    struct Node {
        Link left, right;
        Value value;
        std::size_t size;
    };

    static std::size_t size_of(const Link& link) { return link != nullptr ? link->size : 0; }
    static Link made(Link left, Value value, Link right) {
        const auto size = size_of(left) + size_of(right) + 1;
        return std::make_shared<const Node>(Node{std::move(left), std::move(right), std::move(value), size});
    }

    // Weight-balanced (Hirai and Yamamoto 2011): a side has at most `delta` times the other's weight.
    static constexpr std::size_t delta = 3, ratio = 2;
    static std::size_t weight(const Link& link) { return size_of(link) + 1; }

    static Link balanced(Link left, Value value, Link right) {
        if (weight(right) > delta * weight(left)) {
            const auto& r = *right;
            if (weight(r.left) < ratio * weight(r.right))
                return made(made(std::move(left), std::move(value), r.left), r.value, r.right);
            const auto& middle = *r.left;
            return made(made(std::move(left), std::move(value), middle.left), middle.value,
                        made(middle.right, r.value, r.right));
        }
        if (weight(left) > delta * weight(right)) {
            const auto& l = *left;
            if (weight(l.right) < ratio * weight(l.left))
                return made(l.left, l.value, made(l.right, std::move(value), std::move(right)));
            const auto& middle = *l.right;
            return made(made(l.left, l.value, middle.left), middle.value,
                        made(middle.right, std::move(value), std::move(right)));
        }
        return made(std::move(left), std::move(value), std::move(right));
    }

    static Link inserted(const Link& at, Value value) {
        if (at == nullptr) return made(nullptr, std::move(value), nullptr);
        const auto key = Order::key(*value);
        const auto here = Order::key(*at->value);
        if (key == here) return made(at->left, std::move(value), at->right);
        if (key < here) return balanced(inserted(at->left, std::move(value)), at->value, at->right);
        return balanced(at->left, at->value, inserted(at->right, std::move(value)));
    }

    static Link erased(const Link& at, const Key& key) {
        const auto here = Order::key(*at->value);
        if (key < here) return balanced(erased(at->left, key), at->value, at->right);
        if (here < key) return balanced(at->left, at->value, erased(at->right, key));
        if (at->left == nullptr) return at->right;
        if (at->right == nullptr) return at->left;
        const auto* next = at->right.get();
        while (next->left != nullptr) next = next->left.get();
        const auto value = next->value;
        return balanced(at->left, value, erased(at->right, Order::key(*value)));
    }

    template <class Visit>
    static void walk(const Node* at, Visit& visit) {
        for (; at != nullptr; at = at->right.get()) {
            walk(at->left.get(), visit);
            visit(at->value);
        }
    }

    template <class Visit>
    static bool walk_from(const Node* at, const Key& least, Visit& visit) {
        if (at == nullptr) return true;
        const bool wanted = !(Order::key(*at->value) < least);
        if (wanted && (!walk_from(at->left.get(), least, visit) || !visit(at->value))) return false;
        return walk_from(at->right.get(), least, visit);
    }

    Link root_;
};

}  // namespace weir

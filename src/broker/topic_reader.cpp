// A piece at a time: the next is asked for when one has been read, and waited for at the leader.
#include "broker/topic_reader.hpp"

namespace weir::broker {

namespace {

constexpr std::uint64_t topic_piece_bytes = std::uint64_t{256} << 10;
constexpr std::int64_t wait_ms = 5000;  // then it is asked again

}  // namespace

struct TopicReader::State : std::enable_shared_from_this<State> {
    State(TopicAccess& its_access, runtime::Reactor& its_reactor, TopicRead its_request,
          std::function<void()> tell)
        : access(its_access),
          reactor(its_reactor),
          request(std::move(its_request)),
          on_more(std::move(tell)) {}

    void ask() {
        if (std::exchange(is_asking, true)) return;
        access.read(request, [weak = weak_from_this(), &to = reactor](Result<TopicPiece> piece) {
            to.post([weak, piece = std::move(piece)] {
                if (const auto here = weak.lock()) here->take(piece);
            });
        });
    }

    void take(const Result<TopicPiece>& piece) {
        is_asking = false;
        if (!piece && may_pass(piece.error().code)) return ask();
        auto read = piece ? batches_of(*piece) : Result<StoredBatchList>{piece.error()};
        if (!read) {
            error = read.error();
            return on_more();
        }
        // A leader that has lost what was read already is waited for.
        at = std::max(at, piece->from);
        request.from = at;
        batches = std::move(*read);
        batch = 0;
        batches.empty() ? ask() : on_more();
    }

    Result<const message::RecordView*> next() {
        for (; batch < batches.size(); ++batch) {
            const auto& one = *batches[batch];
            if (const auto* record = one.find(at)) {
                at = record->offset + 1;
                return record;
            }
            at = std::max(at, one.next());
        }
        if (error) return *error;
        if (!is_asking) request.from = at;
        ask();
        return nullptr;
    }

    TopicAccess& access;
    runtime::Reactor& reactor;
    TopicRead request;
    const std::function<void()> on_more;
    bool is_asking = false;
    std::optional<Error> error;
    StoredBatchList batches;
    std::size_t batch = 0;  // of these, the one at hand
    Offset at;
};

TopicReader::TopicReader(TopicAccess& access, runtime::Reactor& reactor, const Uuid& topic,
                         PartitionId partition, const Start& start, std::function<void()> on_more)
    : state_(std::make_shared<State>(access, reactor,
                                     TopicRead{.topic = topic,
                                               .partition = partition,
                                               .from = start,
                                               .most_bytes = topic_piece_bytes,
                                               .wait_ms = wait_ms},
                                     std::move(on_more))) {
    state_->ask();
}

Result<const message::RecordView*> TopicReader::next() {
    return state_->next();
}

PartitionId TopicReader::partition() const {
    return state_->request.partition;
}

}  // namespace weir::broker

// The catalogue's shell: takes requests, has them decided, put into the metadata log and applied, and
// publishes the outcome.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <vector>

#include "base/executor.hpp"
#include "base/random.hpp"
#include "consensus/metadata_log.hpp"
#include "metadata/catalogue.hpp"
#include "metadata/cluster_requests.hpp"
#include "metadata/quorum.hpp"
#include "metadata/topology_requests.hpp"

namespace weir::metadata {

using CataloguePtr = std::shared_ptr<const Catalogue>;

// What a subscriber is told: `now` is published already.
struct Published {
    CataloguePtr before;
    CataloguePtr now;
    const CatalogueChanges& changes;
};
using Subscriber = std::function<void(const Published&)>;

// Requests that come while an entry is on its way to the log share the next one: each is decided on the
// outcome of those before it, and all of them take effect or none does.
class MetadataController : private consensus::StateMachine {
  public:
    using OpenLog = std::function<Result<std::unique_ptr<consensus::MetadataLog>>(consensus::StateMachine&)>;

    // `open_log` opens the log with the executor that is given here, too. Both it and `random` must outlive
    // the controller. Errors: those of `open_log`.
    static Result<std::unique_ptr<MetadataController>> open(LocalSettings local, Executor& executor,
                                                            Random& random, const OpenLog& open_log);

    // The newest catalogue. Safe from any thread; CatalogueReader is cheaper on a path that runs per request.
    CataloguePtr catalogue() const;
    // Counts publications.
    std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

    // Safe from any thread. `done` is called exactly once, on the executor, when the outcome is published and
    // the subscribers have been told. Errors: the request's own, and those of MetadataLog::propose.
    template <class Request>
    void submit(Request request, std::function<void(Result<typename Request::Reply>)> done);

    // The log behind it; only on the executor.
    consensus::MetadataLog& log() { return *log_; }
    // Who leads the metadata, as far as this node knows. Safe from any thread.
    std::optional<NodeId> leader() const;

    // Who keeps the log, as this node knows it. Safe from any thread; `done` comes on the executor.
    void describe_quorum(std::function<void(Quorum)> done);

    // Told of each publication after this, in order, on the executor, before the requests' callbacks. Call it
    // before the first request, or from the executor.
    void subscribe(Subscriber subscriber) { subscribers_.push_back(std::move(subscriber)); }

    // Refuses what comes after, finishes what is under way. Safe from any thread; `done` comes on the
    // executor, after which the controller may be destroyed.
    void stop(std::function<void()> done);

  private:
    // A request without its type.
    class Pending {
      public:
        virtual ~Pending() = default;
        // The commands; an error is kept for finish().
        virtual std::vector<Command> decide(const Catalogue& catalogue) = 0;
        // `failure`: why the commands have not taken effect; nullptr if they have.
        virtual void finish(const Error* failure) = 0;
    };
    template <class Request>
    class PendingRequest;
    using Batch = std::vector<std::unique_ptr<Pending>>;

    MetadataController(LocalSettings local, Executor& executor, Random& random);

    void enqueue(std::unique_ptr<Pending> pending);
    void propose_next();
    bool add_to_entry(Pending& pending, Catalogue& working, std::vector<Command>& commands,
                      std::size_t& bytes) const;
    void settle(const Batch& batch, const Error* failure);
    void publish(CataloguePtr next);

    Result<void> apply(consensus::LogPosition at, ByteView command) override;
    Bytes snapshot() override;
    Result<void> restore(consensus::LogPosition at, ByteView snapshot) override;
    void on_leadership(const consensus::Leadership& leadership) override;
    void tell(const CataloguePtr& before, const CatalogueChanges& changes);
    bool leads() const { return log_->role() == consensus::Role::leader; }

    Executor& executor_;
    Random& random_;
    std::unique_ptr<consensus::MetadataLog> log_;
    Catalogue current_;  // of the executor; published_ is a copy
    std::vector<Subscriber> subscribers_;
    std::deque<std::unique_ptr<Pending>> pending_;
    bool is_proposing_ = false;
    bool is_stopping_ = false;
    std::function<void()> stopped_;

    mutable std::mutex mutex_;  // guards published_
    CataloguePtr published_;
    std::atomic<std::uint64_t> version_{0};
    std::atomic<NodeId> leader_{no_node};
};

// One thread's view of the newest catalogue, without a lock unless it has changed.
class CatalogueReader {
  public:
    explicit CatalogueReader(const MetadataController& controller) : controller_(controller) {}

    // Valid until the next call.
    const CataloguePtr& current() {
        const auto version = controller_.version();
        if (version != version_ || catalogue_ == nullptr) {
            version_ = version;
            catalogue_ = controller_.catalogue();
        }
        return catalogue_;
    }

  private:
    const MetadataController& controller_;
    CataloguePtr catalogue_;
    std::uint64_t version_ = 0;
};

template <class Request>
class MetadataController::PendingRequest : public Pending {
  public:
    using Reply = typename Request::Reply;

    PendingRequest(Request request, std::function<void(Result<Reply>)> done)
        : request_(std::move(request)), done_(std::move(done)) {}

    std::vector<Command> decide(const Catalogue& catalogue) override {
        auto decision = metadata::decide(catalogue, request_);
        if (!decision) {
            result_ = Result<Reply>{decision.error()};
            return {};
        }
        result_ = Result<Reply>{std::move(decision->reply)};
        return std::move(decision->commands);
    }
    void finish(const Error* failure) override {
        if (failure != nullptr && (!result_ || *result_)) result_ = Result<Reply>{*failure};
        done_(std::move(*result_));
    }

  private:
    Request request_;
    std::function<void(Result<Reply>)> done_;
    std::optional<Result<Reply>> result_;  // once decided
};

template <class Request>
void MetadataController::submit(Request request, std::function<void(Result<typename Request::Reply>)> done) {
    executor_.post([this, request = std::move(request), done = std::move(done)]() mutable {
        if constexpr (std::is_same_v<Request, CreateTopic>) request.id = random_.uuid();
        enqueue(std::make_unique<PendingRequest<Request>>(std::move(request), std::move(done)));
    });
}

}  // namespace weir::metadata

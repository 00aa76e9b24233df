/* The replication of one partition, small enough to be looked at whole: three replicas and a controller
 * (docs/model/README.md). Every rule can be left out by a -D switch; `check` shows that each is needed. */

#define N 3
#ifndef RECORDS
#define RECORDS 2 /* that a log may hold, and that clients send */
#endif
#ifndef EPOCHS
#define EPOCHS 3
#endif
#ifndef CRASHES
#define CRASHES 2
#endif
#ifndef CHANGES
#define CHANGES 3 /* of the in-sync set that leaders propose */
#endif
#ifndef FIRST_ISR
#define FIRST_ISR 7 /* the set at the start, a bit for each replica; 0 leads */
#endif
#define MIN_INSYNC 2
#define NOBODY 3
#define BIT(i) (1 << (i))
#define IN(set, i) (((set) >> (i)) & 1)
#define SIZE(set) (IN(set, 0) + IN(set, 1) + IN(set, 2))
#define AT(i, o) [(i) * RECORDS + (o)]
#define PAIR(i, j) [(i) * N + (j)]

/* What lies in the replicas' logs. A record is 1..RECORDS, the epoch that of the leader who wrote it. */
byte record[N * RECORDS], written_in[N * RECORDS];
byte end[N], durable[N], hw[N];
bool up[N] = true;
byte sent = 0; /* records that clients have sent */

/* The controller's committed state. */
byte leader = 0, epoch = 1, isr = FIRST_ISR, elr = 0, alive = 7;
byte leader_of[EPOCHS + 1]; /* by epoch: nobody can lead in another's */
byte broker_epoch[N];
byte crashes = 0, changes = 0;

/* What a node knows: the epoch; as leader the committed in-sync set, whether that is the newest state (stands for
 * the partition epoch), what it has proposed, and how far which incarnation of each follower has fetched. */
byte known[N] = 1, known_isr[N], proposed[N], start[N];
bool newest[N];
byte position[N * N], position_broker_epoch[N * N];

/* A change of the in-sync set on its way to the controller. */
byte alter_set = 0, alter_epoch, alter_added, alter_broker_epoch;
bool alter_newest;
/* A fetch that was held up on its way. */
byte late_by = NOBODY, late_to, late_epoch, late_offset, late_last_epoch, late_broker_epoch;

/* What clients have been told. */
byte acked = 0;              /* the records, a bit each */
byte committed[RECORDS];     /* by offset, once a high watermark was above it */
byte client_hw = 0, client_epoch = 0;

#ifdef PAGE_CACHE
#define READABLE(i) end[i]   /* acknowledged when written: what was not synced may go in a crash */
#define COUNTS(i) end[i]
#else
#ifdef ACK_BEFORE_SYNC
#define READABLE(i) end[i]
#else
#define READABLE(i) durable[i]
#endif
#ifdef COUNT_UNSYNCED
#define COUNTS(i) end[i]
#else
#define COUNTS(i) durable[i]
#endif
#endif

byte a, b, c, d, o; /* scratch, zero between steps */
#define DONE a = 0; b = 0; c = 0; d = 0; o = 0

#define LEADS(i) (up[i] && known[i] > 0 && leader_of[known[i]] == (i))

/* Has replica i every acknowledged record? */
inline check_acked(i) {
    o = 0;
    d = 0;
    do
    :: o < end[i] -> d = d | BIT(record AT(i, o)); o++
    :: else -> break
    od;
    assert((acked & ~d) == 0) /* an acknowledged record is lost */
}

inline check_equal(i) {
    o = 0;
    do
    :: o < hw[i] ->
        assert(o < end[i]);
        if
        :: committed[o] == 0 -> committed[o] = record AT(i, o)
        :: else -> assert(committed[o] == record AT(i, o)) /* two replicas differ below the high watermark */
        fi;
        o++
    :: else -> break
    od
}

#ifdef HW_SHOWN_AT_ELECTION
#define MAY_SHOW(i) true
#else
#define MAY_SHOW(i) (hw[i] >= start[i])
#endif

/* Clients may see the high watermark once the leader knows that it is not behind one shown before. */
inline tell_clients(i) {
    if
    :: known[i] >= client_epoch && MAY_SHOW(i) ->
        assert(hw[i] >= client_hw); /* the high watermark falls for a client */
        client_hw = hw[i];
        client_epoch = known[i]
    :: else
    fi
}

/* How far all of the in-sync set has come: of the committed one and of the one that is proposed. */
#ifdef SHRINK_EARLY
#define COUNTED(i) (proposed[i] == 0 -> known_isr[i] : known_isr[i] & proposed[i])
#else
#ifdef EXPAND_LATE
#define COUNTED(i) known_isr[i]
#else
#define COUNTED(i) (known_isr[i] | proposed[i])
#endif
#endif
#ifdef IGNORE_MIN_INSYNC
#define ENOUGH_IN_SYNC(i) true
#else
#define ENOUGH_IN_SYNC(i) (SIZE(known_isr[i]) >= MIN_INSYNC)
#endif
inline advance(i) {
    a = READABLE(i);
    b = COUNTED(i);
    c = 0;
    do
    :: c < N ->
        if
        :: c != i && IN(b, c) && position PAIR(i, c) < a -> a = position PAIR(i, c)
        :: else
        fi;
        c++
    :: else -> break
    od;
    if
    :: a > hw[i] && ENOUGH_IN_SYNC(i) ->
        hw[i] = a;
        check_equal(i);
        o = 0;
        do
        :: o < a -> acked = acked | BIT(record AT(i, o)); o++
        :: else -> break
        od;
        tell_clients(i);
        if
        :: leader != NOBODY && up[leader] && known[leader] == epoch -> check_acked(leader)
        :: else
        fi
    :: else
    fi
}

inline committed_change() {
    newest[0] = false; newest[1] = false; newest[2] = false;
    alter_newest = false
}

/* Takes j out of the in-sync set; while that is too small, it stays eligible (KIP-966) if `keeps`. */
inline leave(j, keeps) {
    a = isr & ~BIT(j);
    if
    :: IN(isr, j) && a != 0 ->
        isr = a;
        if
        :: keeps && SIZE(isr) < MIN_INSYNC -> elr = elr | BIT(j)
        :: else
        fi
    :: IN(isr, j) && a == 0 && !(keeps) -> isr = 0
    :: else
    fi
}

inline elect(j) {
    epoch++;
    leader = j;
    leader_of[epoch] = j;
    if
    :: !IN(isr, j) -> isr = BIT(j); elr = elr & ~BIT(j)
    :: else
    fi;
    committed_change()
}

#ifdef TRUNCATE_TO_HW
#define BECOMES_FOLLOWER(i) end[i] = hw[i]; durable[i] = hw[i]
#else
#define BECOMES_FOLLOWER(i) skip
#endif

inline take_view(i) {
    if
    :: known[i] != epoch ->
        known[i] = epoch;
        if
        :: leader_of[epoch] == i ->
            start[i] = COUNTS(i);
            position PAIR(i, 0) = 0; position PAIR(i, 1) = 0; position PAIR(i, 2) = 0;
            known_isr[i] = isr;
            proposed[i] = 0;
            newest[i] = true;
            check_acked(i);
            check_equal(i);
            tell_clients(i)
        :: else ->
            known_isr[i] = 0; proposed[i] = 0; start[i] = 0; newest[i] = false;
            position PAIR(i, 0) = 0; position PAIR(i, 1) = 0; position PAIR(i, 2) = 0;
            position_broker_epoch PAIR(i, 0) = 0; position_broker_epoch PAIR(i, 1) = 0;
            position_broker_epoch PAIR(i, 2) = 0;
            BECOMES_FOLLOWER(i)
        fi
    :: else ->
        known_isr[i] = isr;
        proposed[i] = 0;
        newest[i] = true;
        advance(i)
    fi
}

/* Where a log that has `last` before `offset` leaves leader i's; `offset` itself if it does not. In a. */
inline common_end(i, offset, last) {
    a = offset;
    do
    :: a > end[i] -> a--
    :: a <= end[i] && a > 0 && written_in AT(i, a - 1) > last -> a--
    :: else -> break
    od
}

/* Leader i takes j's fetch into account. */
inline count_fetch(i, j, offset, b_epoch) {
    position PAIR(i, j) = offset;
    position_broker_epoch PAIR(i, j) = b_epoch;
    advance(i)
}

#define LAST_EPOCH(j) (COUNTS(j) == 0 -> 0 : written_in AT(j, COUNTS(j) - 1))

#define PRODUCE(i) \
    d_step { LEADS(i) && end[i] < RECORDS && sent < RECORDS -> printf("PRODUCE %d\n", i); \
        sent++; record AT(i, end[i]) = sent; written_in AT(i, end[i]) = known[i]; end[i]++; \
        advance(i); DONE }

#define SYNC(i) \
    d_step { up[i] && durable[i] < end[i] -> printf("SYNC %d\n", i); durable[i] = end[i]; \
        if :: LEADS(i) -> advance(i) :: else fi; DONE }

/* A fetch, its answer, and what the follower makes of it; a lost answer is FETCH_LOST. */
#define FETCH(j, i) \
    d_step { up[j] && i != j && LEADS(i) && known[j] == known[i] -> printf("FETCH %d %d\n", j, i); \
        common_end(i, COUNTS(j), LAST_EPOCH(j)); \
        if \
        :: DIVERGES(i, j) -> CUT(j) \
        :: else -> \
            a = 0; count_fetch(i, j, COUNTS(j), broker_epoch[j]); \
            if \
            :: COUNTS(j) == end[j] && end[j] < READABLE(i) -> \
                record AT(j, end[j]) = record AT(i, end[j]); \
                written_in AT(j, end[j]) = written_in AT(i, end[j]); end[j]++ \
            :: else \
            fi; \
            if \
            :: hw[i] > hw[j] && AGREED(j) > hw[j] -> hw[j] = (hw[i] < AGREED(j) -> hw[i] : AGREED(j)) \
            :: else \
            fi; \
            check_equal(j) \
        fi; DONE }

/* The follower's high watermark covers only what the leader has compared. */
#ifdef HW_COVERS_UNCOMPARED
#define AGREED(j) end[j]
#else
#define AGREED(j) COUNTS(j)
#endif
#ifdef NO_TRUNCATION
#define DIVERGES(i, j) (a < COUNTS(j) && false)
#else
#define DIVERGES(i, j) \
    (a < COUNTS(j) || (a > 0 && written_in AT(i, a - 1) != LAST_EPOCH(j)))
#endif
/* To a, or one back: all of an epoch that the leader does not know goes, which is the same in the end. */
#define CUT(j) \
    if \
    :: a < COUNTS(j) -> end[j] = a \
    :: else -> end[j] = a - 1 \
    fi; \
    durable[j] = (durable[j] < end[j] -> durable[j] : end[j]); \
    assert(hw[j] <= end[j]) /* a committed record is cut away */

#define FETCH_LOST(j, i) \
    d_step { up[j] && i != j && LEADS(i) && known[j] == known[i] -> printf("FETCH_LOST %d %d\n", j, i); \
        common_end(i, COUNTS(j), LAST_EPOCH(j)); \
        if :: DIVERGES(i, j) -> skip :: else -> a = 0; count_fetch(i, j, COUNTS(j), broker_epoch[j]) fi; DONE }

#define HOLD_UP(j, i) \
    d_step { late_by == NOBODY && up[j] && i != j && known[j] > 0 && leader_of[known[j]] == i -> printf("HOLD_UP %d %d\n", j, i); \
        late_by = j; late_to = i; late_epoch = known[j]; late_offset = COUNTS(j); \
        late_last_epoch = LAST_EPOCH(j); late_broker_epoch = broker_epoch[j] }

#ifdef STALE_FETCH
#define LATE_IS_TAKEN(i) (late_broker_epoch >= position_broker_epoch PAIR(i, late_by))
#else
#ifdef OLD_INCARNATION_COUNTS
#define LATE_IS_TAKEN(i) (late_epoch == known[i])
#else
#define LATE_IS_TAKEN(i) \
    (late_epoch == known[i] && late_broker_epoch >= position_broker_epoch PAIR(i, late_by))
#endif
#endif
#define LATE(i) \
    d_step { late_by != NOBODY && late_to == i && LEADS(i) -> printf("LATE %d\n", i); \
        common_end(i, late_offset, late_last_epoch); \
        if \
        :: LATE_IS_TAKEN(i) && a == late_offset && \
           (a == 0 || written_in AT(i, a - 1) == late_last_epoch) -> \
            a = 0; count_fetch(i, late_by, late_offset, late_broker_epoch) \
        :: else \
        fi; \
        late_by = NOBODY; late_to = 0; late_epoch = 0; late_offset = 0; late_last_epoch = 0; \
        late_broker_epoch = 0; DONE }

#define LEARN(i) \
    d_step { up[i] && leader != NOBODY && (known[i] != epoch || (leader == i && !newest[i])) -> printf("LEARN %d\n", i); take_view(i); DONE }

/* A leader takes a follower that does not keep up out of the in-sync set ... */
#define SHRINK(i, j) \
    d_step { LEADS(i) && i != j && changes < CHANGES && proposed[i] == 0 && IN(known_isr[i], j) -> printf("SHRINK %d %d\n", i, j); \
        changes++; proposed[i] = known_isr[i] & ~BIT(j); \
        alter_set = proposed[i]; alter_epoch = known[i]; alter_newest = newest[i]; alter_added = NOBODY; \
        alter_broker_epoch = 0; advance(i); DONE }

/* ... and puts one in that has all that may have been committed. */
#ifdef EXPAND_AT_HW_ONLY
#define CAUGHT_UP(i, j) (position PAIR(i, j) >= hw[i])
#else
#define CAUGHT_UP(i, j) (position PAIR(i, j) >= hw[i] && position PAIR(i, j) >= start[i])
#endif
#define EXPAND(i, j) \
    d_step { LEADS(i) && i != j && changes < CHANGES && proposed[i] == 0 && !IN(known_isr[i], j) && \
        position_broker_epoch PAIR(i, j) > 0 && CAUGHT_UP(i, j) -> printf("EXPAND %d %d\n", i, j); \
        changes++; proposed[i] = known_isr[i] | BIT(j); \
        alter_set = proposed[i]; alter_epoch = known[i]; alter_newest = newest[i]; alter_added = j; \
        alter_broker_epoch = position_broker_epoch PAIR(i, j); advance(i); DONE }

#ifdef STALE_CHANGE
#define CHANGE_IS_CURRENT (leader != NOBODY)
#else
#define CHANGE_IS_CURRENT (alter_epoch == epoch && alter_newest)
#endif
#ifdef NO_BROKER_EPOCH
#define ADDED_IS_THE_SAME (alter_added == NOBODY || IN(alive, alter_added))
#else
#define ADDED_IS_THE_SAME \
    (alter_added == NOBODY || (IN(alive, alter_added) && broker_epoch[alter_added] == alter_broker_epoch))
#endif
#define COMMIT_CHANGE \
    d_step { alter_set != 0 -> printf("COMMIT_CHANGE\n"); \
        if \
        :: CHANGE_IS_CURRENT && ADDED_IS_THE_SAME -> \
            a = isr & ~alter_set; \
            isr = alter_set; \
            if \
            :: SIZE(isr) >= MIN_INSYNC -> elr = 0 \
            :: else -> elr = (elr | a) & ~isr \
            fi; \
            committed_change() \
        :: else \
        fi; \
        alter_set = 0; alter_epoch = 0; alter_added = 0; alter_broker_epoch = 0; alter_newest = false; DONE }

/* The controller no longer hears of j (which may well be alive). */
#define FENCE(j) \
    d_step { IN(alive, j) && epoch < EPOCHS -> printf("FENCE %d\n", j); \
        alive = alive & ~BIT(j); leave(j, true); \
        if :: leader == j -> leader = NOBODY :: else fi; \
        committed_change(); DONE }
#define UNFENCE(j) \
    d_step { up[j] && !IN(alive, j) && broker_epoch[j] > 0 -> printf("UNFENCE %d\n", j); alive = alive | BIT(j) }

#ifdef UNCLEAN_ELECTION
#define ELIGIBLE(j) true
#else
#define ELIGIBLE(j) (IN(isr, j) || ((isr & alive) == 0 && IN(elr, j)))
#endif
#define ELECT(j) \
    d_step { leader == NOBODY && epoch < EPOCHS && IN(alive, j) && ELIGIBLE(j) -> printf("ELECT %d\n", j); elect(j) }

/* Another in-sync replica is to lead, as for a planned restart. */
#define MOVE(j) \
    d_step { leader != NOBODY && leader != j && epoch < EPOCHS && IN(alive, j) && IN(isr, j) -> \
        printf("MOVE %d\n", j); elect(j) }

#define CRASH(j, loses) \
    d_step { up[j] && crashes < CRASHES -> printf("CRASH %d %d\n", j, loses); \
        crashes++; up[j] = false; \
        if :: loses -> end[j] = durable[j] :: else fi; \
        durable[j] = end[j]; hw[j] = 0; \
        known[j] = 0; known_isr[j] = 0; proposed[j] = 0; start[j] = 0; newest[j] = false; \
        position PAIR(j, 0) = 0; position PAIR(j, 1) = 0; position PAIR(j, 2) = 0; \
        position_broker_epoch PAIR(j, 0) = 0; position_broker_epoch PAIR(j, 1) = 0; \
        position_broker_epoch PAIR(j, 2) = 0 }

/* A node that starts registers under a new broker epoch, and is out of the in-sync set before it fetches. What a
 * journal acknowledged outlives the crash, so that the replica stays eligible; a page cache does not. */
#ifdef PAGE_CACHE
#define SURVIVES false
#else
#define SURVIVES true
#endif
#define RESTART(j) \
    d_step { !up[j] -> printf("RESTART %d\n", j); \
        up[j] = true; broker_epoch[j]++; alive = alive | BIT(j); \
        REGISTER(j); DONE }
#ifdef UNCLEAN_KEEPS_PLACE
#define REGISTER(j) \
    if :: leader == j -> leader = NOBODY :: else fi; committed_change()
#else
#ifdef LEADS_ON_AFTER_RESTART
#define REGISTER(j) \
    if :: leader != j -> leave(j, SURVIVES); if :: !SURVIVES -> elr = elr & ~BIT(j) :: else fi :: else fi; \
    committed_change()
#else
#define REGISTER(j) \
    leave(j, SURVIVES); if :: !SURVIVES -> elr = elr & ~BIT(j) :: else fi; \
    if :: leader == j -> leader = NOBODY :: else fi; committed_change()
#endif
#endif

#define EACH(STEP) :: STEP(0) :: STEP(1) :: STEP(2)
#define EACH_PAIR(STEP) \
    :: STEP(0, 1) :: STEP(0, 2) :: STEP(1, 0) :: STEP(1, 2) :: STEP(2, 0) :: STEP(2, 1)

active proctype cluster() {
    d_step {
        broker_epoch[0] = 1; broker_epoch[1] = 1; broker_epoch[2] = 1;
        known_isr[0] = FIRST_ISR; newest[0] = true;
        leader_of[0] = NOBODY; leader_of[1] = 0
    }
    do
    EACH(PRODUCE)
    EACH(SYNC)
    EACH_PAIR(FETCH)
    EACH_PAIR(FETCH_LOST)
    EACH_PAIR(HOLD_UP)
    EACH(LATE)
    EACH(LEARN)
    EACH_PAIR(SHRINK)
    EACH_PAIR(EXPAND)
    :: COMMIT_CHANGE
    EACH(FENCE)
    EACH(UNFENCE)
    EACH(ELECT)
    EACH(MOVE)
    :: CRASH(0, true) :: CRASH(1, true) :: CRASH(2, true)
#ifdef PAGE_CACHE
    :: CRASH(0, false) :: CRASH(1, false) :: CRASH(2, false)
#endif
    EACH(RESTART)
    od
}

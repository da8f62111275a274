%% Runs the programs of a file, one term a line, and writes their traces: see README.md.
-module(erlang_side).
-export([main/1]).

main([Programs, Traces]) ->
    {ok, Terms} = file:consult(atom_to_list(Programs)),
    {ok, Out} = file:open(atom_to_list(Traces), [raw, write, delayed_write]),
    lists:foreach(fun({Seed, Steps}) -> file:write(Out, run(Seed, Steps)) end, Terms),
    ok = file:close(Out),
    halt(0).

run(Seed, Steps) ->
    [put(K, #{}) || K <- [pids, index, dead, refs, ref_index, watch, tags, aliases]],
    Lines = run_steps(Seed, 0, Steps),
    Ends = [[line(Seed, end_of, receive_all_of(I)), states(), "\n"] || I <- lists:sort(maps:keys(get(pids)))],
    [begin exit(P, kill), await_down(I) end || {I, P} <- maps:to_list(get(pids)), not is_dead(I)],
    [Lines, Ends].

run_steps(_Seed, _N, []) -> [];
run_steps(Seed, N, [Step | Rest]) ->
    Did = do_step(N, Step),
    quiesce(),
    Result = in_the_end(Step, Did),
    Line = [line(Seed, N, Result), states(), "\n"],
    [Line | run_steps(Seed, N + 1, Rest)].

line(Seed, N, Result) -> io_lib:format("~w.~w ~s", [Seed, N, text(Result)]).

%% Who ends others may die of it before or after it has answered.
in_the_end({Op, Actor, _, _}, ok) when Op =:= exit_signal; Op =:= burst -> case is_dead(Actor) of true -> died; false -> ok end;
in_the_end(_, Result) -> Result.

%% ---- steps

do_step(_N, {new, _, _, _}) -> made(spawn(fun loop/0));
do_step(N, {Op, Actor, Target, Argument}) ->
    case is_dead(Actor) of
        true ->
            case Op of
                spawn -> made(none); spawn_link -> made(none); spawn_monitor -> made(none);
                _ -> ok
            end,
            dead;
        false -> do_op(N, Op, Actor, Target, Argument)
    end.

do_op(_N, spawn, A, _, _) -> made(command(A, spawn));
do_op(_N, spawn_link, A, _, _) -> made(command(A, spawn_link));
do_op(N, spawn_monitor, A, _, _) ->
    {P, R} = command(A, spawn_monitor),
    note_ref(N, R),
    made(P);
do_op(N, send, A, T, _) -> to(T, fun(P) -> command(A, {send, P, {msg, A, N, N rem 3}}) end);
do_op(N, send_name, A, _, Name) -> command(A, {send, Name, {msg, A, N, N rem 3}});
do_op(_N, link, A, T, _) -> to(T, fun(P) -> command(A, {link, P}) end);
do_op(_N, unlink, A, T, _) -> to(T, fun(P) -> command(A, {unlink, P}) end);
do_op(N, monitor, A, T, _) -> to(T, fun(P) -> note_ref(N, command(A, {monitor, P})), ok end);
do_op(N, monitor_name, A, _, Name) -> note_ref(N, command(A, {monitor, Name})), ok;
do_op(_N, demonitor, A, S, Flags) ->
    with_ref(S, refs, fun(R) ->
                              command(A, {demonitor, R, [flush || Flags band 1 =:= 1] ++ [info || Flags band 2 =:= 2]})
                      end);
do_op(_N, exit_signal, A, T, Reason) -> to(T, fun(P) -> command(A, {exit_signal, P, Reason}) end);
do_op(_N, exit_self, A, _, Reason) -> command(A, {exit_self, Reason});
do_op(_N, trap, A, _, Flag) -> command(A, {trap, Flag =:= 1});
do_op(_N, register_name, A, T, Name) -> to(T, fun(P) -> command(A, {register_name, Name, P}) end);
do_op(_N, unregister_name, A, _, Name) -> command(A, {unregister_name, Name});
do_op(_N, receive_all, A, _, _) -> receive_all_of(A);
do_op(_N, is_alive, A, T, _) -> to(T, fun(P) -> command(A, {is_alive, P}) end);
do_op(N, burst, A, T, Runs) -> to(T, fun(P) -> command(A, {burst, P, maps:get(T, get(aliases), P), A, N, Runs}) end);
do_op(_N, want, A, _, Tag) -> command(A, {want, Tag});
do_op(_N, poll, A, _, Tag) -> taken(command(A, {poll, Tag}));
do_op(_N, poll_down, A, S, _) -> with_ref(S, refs, fun(R) -> taken(command(A, {poll_down, R})) end);
do_op(_N, poll_exit, A, T, _) -> to(T, fun(P) -> taken(command(A, {poll_exit, P})) end);
do_op(_N, drain, A, _, Most) -> taken(command(A, {drain, Most}));
do_op(_N, alias, A, _, _) -> keep(A, aliases, command(A, alias));
do_op(_N, unalias, A, _, _) -> with_ref(A, aliases, fun(R) -> command(A, {unalias, R}) end);
do_op(N, tag, A, _, _) -> keep(N, tags, command(A, {tag, A, N}));
do_op(_N, poll_tag, A, S, _) -> with_ref(S, tags, fun(R) -> taken(command(A, {poll_tag, R})) end);
do_op(_N, limit, A, _, _) -> command(A, limit).

with_ref(Key, Where, F) ->
    case maps:find(Key, get(Where)) of
        {ok, R} -> F(R);
        error -> noref
    end.

keep(Key, Where, R) when is_reference(R) -> put(Where, maps:put(Key, R, get(Where))), ok;
keep(_, _, Result) -> Result.

taken(L) when is_list(L) -> {received, order(L)};
taken(Result) -> Result.

%% A process that was never made, for its maker was dead, is nobody.
to(T, F) ->
    case maps:find(T, get(pids)) of
        {ok, none} -> nobody;
        {ok, P} -> F(P);
        error -> nobody
    end.

made(none) -> put(pids, maps:put(maps:size(get(pids)), none, get(pids))), ok;
made(P) ->
    I = maps:size(get(pids)),
    put(pids, maps:put(I, P, get(pids))),
    put(index, maps:put(P, I, get(index))),
    put(watch, maps:put(I, erlang:monitor(process, P), get(watch))),
    {made, I}.

note_ref(N, R) when is_reference(R) ->
    put(refs, maps:put(N, R, get(refs))),
    put(ref_index, maps:put(R, N, get(ref_index)));
note_ref(_, _) -> ok.

is_dead(I) ->
    case maps:get(I, get(pids)) of
        none -> true;
        P -> poll_down(I), _ = P, maps:is_key(I, get(dead))
    end.

poll_down(I) ->
    W = maps:get(I, get(watch)),
    receive {'DOWN', W, process, _, Why} -> put(dead, maps:put(I, Why, get(dead))) after 0 -> ok end.

await_down(I) ->
    W = maps:get(I, get(watch)),
    receive {'DOWN', W, process, _, Why} -> put(dead, maps:put(I, Why, get(dead))) end.

command(I, What) ->
    P = maps:get(I, get(pids)),
    W = maps:get(I, get(watch)),
    P ! {command, self(), What},
    receive
        {reply, P, Result} -> Result;
        {'DOWN', W, process, _, Why} -> put(dead, maps:put(I, Why, get(dead))), died
    end.

receive_all_of(I) ->
    case is_dead(I) of true -> dead; false -> {received, order(command(I, receive_all))} end.

%% One scheduler, first in, first out: each round lets all that could run, run. A cascade is no longer than there are processes.
quiesce() ->
    lists:foreach(fun(_) -> round_of_pings() end, lists:seq(1, maps:size(get(pids)) + 2)).

round_of_pings() ->
    lists:foreach(fun(I) ->
                          case is_dead(I) of
                              true -> ok;
                              false -> command(I, ping)
                          end
                  end, maps:keys(get(pids))).

%% ---- what the processes do

loop() -> loop(none, []).

%% Besides commands it takes one note with the tag it wants, and keeps it.
loop(Wanted, Got) ->
    receive
        {command, From, {want, Tag}} -> From ! {reply, self(), ok}, loop(Tag, Got);
        {command, From, receive_all} -> From ! {reply, self(), lists:reverse(Got) ++ receive_all()}, loop(Wanted, []);
        {command, From, What} -> From ! {reply, self(), perform(What)}, loop(Wanted, Got);
        {msg, _, _, Tag} = M when Tag =:= Wanted -> loop(none, [M | Got])
    end.

perform(ping) -> ok;
perform(spawn) -> spawn(fun loop/0);
perform(spawn_link) -> spawn_link(fun loop/0);
perform(spawn_monitor) -> spawn_monitor(fun loop/0);
perform({send, To, M}) -> try To ! M, ok catch error:badarg -> badarg end;
perform({link, P}) -> try link(P), ok catch error:noproc -> noproc end;
perform({unlink, P}) -> unlink(P), ok;
perform({monitor, P}) -> erlang:monitor(process, P);
perform({demonitor, R, Options}) -> erlang:demonitor(R, Options);
perform({exit_signal, P, Why}) -> exit(P, Why), ok;
perform({exit_self, Why}) -> exit(Why);
perform({trap, On}) -> process_flag(trap_exit, On);
perform({register_name, Name, P}) -> try register(Name, P), ok catch error:badarg -> badarg end;
perform({unregister_name, Name}) -> try unregister(Name), ok catch error:badarg -> badarg end;
perform({is_alive, P}) -> is_process_alive(P);
perform({burst, P, Alias, A, N, Runs}) -> burst(P, Alias, A, N, 0, Runs);
perform({poll, Tag}) -> receive {msg, _, _, Tag} = M -> [M] after 0 -> [] end;
perform({poll_down, R}) -> receive {'DOWN', R, _, _, _} = M -> [M] after 0 -> [] end;
perform({poll_exit, P}) -> receive {'EXIT', P, _} = M -> [M] after 0 -> [] end;
perform({poll_tag, R}) -> receive {tagged, R, _, _} = M -> [M] after 0 -> [] end;
perform({drain, Most}) -> drain(Most);
perform(alias) -> erlang:alias();
perform({unalias, R}) -> erlang:unalias(R);
perform({tag, A, N}) -> R = make_ref(), self() ! {tagged, R, A, N}, R;
perform(limit) -> ok.

burst(_, _, _, _, _, []) -> ok;
burst(P, Alias, A, N, Nth, [{0, _} | Runs]) -> burst(P, Alias, A, N, Nth, Runs);
burst(P, Alias, A, N, Nth, [{Left, What} | Runs]) ->
    case What of
        junk -> P ! {junk, A, N, Nth};
        note_0 -> P ! {msg, A, N, 0};
        note_1 -> P ! {msg, A, N, 1};
        note_2 -> P ! {msg, A, N, 2};
        exit_normal -> exit(P, normal);
        exit_bang -> exit(P, bang);
        monitor_and_not -> erlang:demonitor(erlang:monitor(process, P), [flush]);
        note_through_alias -> Alias ! {msg, A, N, 0}
    end,
    burst(P, Alias, A, N, case What of junk -> Nth + 1; _ -> Nth end, [{Left - 1, What} | Runs]).

drain(0) -> [];
drain(Left) -> receive {junk, _, _, _} = M -> [M | drain(Left - 1)] after 0 -> [] end.

receive_all() ->
    receive
        {msg, _, _, _} = M -> [M | receive_all()];
        {junk, _, _, _} = M -> [M | receive_all()];
        {tagged, _, _, _} = M -> [M | receive_all()];
        {'EXIT', _, _} = M -> [M | receive_all()];
        {'DOWN', _, _, _, _} = M -> [M | receive_all()]
    after 0 -> []
    end.

%% ---- what is compared

%% By sender; of one sender as received, but for monitors that fire together.
order(Messages) ->
    Shown = [show(M) || M <- Messages],
    lists:flatten([runs(lists:filter(fun({S, _, _}) -> S =:= Sender end, Shown)) || Sender <- lists:usort([S || {S, _, _} <- Shown])]).

runs([]) -> [];
runs([{_, down, _} | _] = L) ->
    {Downs, Rest} = lists:splitwith(fun({_, K, _}) -> K =:= down end, L),
    [T || {_, _, T} <- lists:sort(Downs)] ++ runs(Rest);
runs([{_, _, T} | Rest]) -> [T | runs(Rest)].

show({msg, A, N, Tag}) -> {A, msg, list_to_atom(lists:concat(["m", A, "_", N, "_", Tag]))};
show({junk, A, N, Nth}) -> {A, msg, list_to_atom(lists:concat(["j", A, "_", N, "_", Nth]))};
show({tagged, _, A, N}) -> {A, msg, list_to_atom(lists:concat(["t", A, "_", N]))};
show({'EXIT', P, Why}) -> {index(P), exit, list_to_atom(lists:concat(["x", index(P), "_", Why]))};
show({'DOWN', R, process, {Name, _}, Why}) ->
    {100, down, list_to_atom(lists:concat(["d", padded(R), "_", Name, "_", Why]))};
show({'DOWN', R, process, P, Why}) ->
    {index(P), down, list_to_atom(lists:concat(["d", padded(R), "_", index(P), "_", Why]))}.

padded(R) -> string:right(integer_to_list(maps:get(R, get(ref_index))), 3, $0).
index(P) -> maps:get(P, get(index), 99).

text({made, I}) -> lists:concat(["made", I]);
text({received, L}) -> ["[", lists:join(",", [atom_to_list(A) || A <- L]), "]"];
text(A) when is_atom(A) -> atom_to_list(A).

states() -> [[" | ", state(I)] || I <- lists:sort(maps:keys(get(pids)))].

state(I) ->
    case maps:get(I, get(pids)) of
        none -> "none";
        P ->
            case is_dead(I) of
                true -> atom_to_list(maps:get(I, get(dead)));
                false ->
                    [{registered_name, Name}, {trap_exit, Trap}, {links, Links}, {monitors, Monitors}, {monitored_by, By},
                     {message_queue_len, Unread}] =
                        process_info(P, [registered_name, trap_exit, links, monitors, monitored_by, message_queue_len]),
                    io_lib:format("~s ~s l~s m~s b~s q~w",
                                  [case Name of [] -> "-"; _ -> atom_to_list(Name) end,
                                   case Trap of true -> "t"; false -> "f" end,
                                   list([index(L) || L <- Links]),
                                   list([case M of {process, {N, _}} -> N; {process, Q} -> index(Q) end || M <- Monitors]),
                                   list([index(B) || B <- By, B =/= self()]), Unread])
            end
    end.

list(L) -> ["[", lists:join(",", lists:sort([lists:concat([X]) || X <- L])), "]"].

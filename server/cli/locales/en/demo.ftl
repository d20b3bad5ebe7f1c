# `ampara demo`: the story, line by line. What is on the left has room for 30 letters.
demo-stage = Setting the stage in { $folder } …
demo-code-used = { $name }'s code was used a moment ago; waiting for the next …
demo-presses = { $name } presses the button. Nothing shows on her phone.
demo-has-it = the server has it
demo-has-it-now = on disk; { $total } contacts are being told
demo-by = { $name }, by { $over }
demo-over-app = app
demo-over-sms = SMS
demo-over-call = call
demo-nothing-seen = nothing to be seen; the app is told
demo-she-sees = her phone may show
demo-she-sees-now = { $reached } of { $total } reached
demo-queue-before = 911's queue, before a claim
demo-summary = { $folio } · { $priority } · { $kind } · { $place } · neither name nor number
demo-no-place = no place yet
demo-about = about { $cell }
demo-walks = she walks a block
demo-walks-now = next place wanted in { $seconds } s
demo-claims = Olga claims, and now reads
demo-claims-place = { $lat }, { $lon } within { $metres } m
demo-answers = Beatriz answers
demo-answers-now = "on my way"; the others and 911 are not silenced by it
demo-unit = Olga sends a unit; her phone
demo-unit-now = 911: { $state }
demo-on-scene = the unit is with her
demo-closes = she closes her alert
demo-proposes = Olga proposes to close
demo-proposes-now = within a minute of the claim that takes a second person
demo-confirms = Saúl confirms: closed
demo-confirms-now = who read what is in the audit: `ampara audit verify`

# After the story: what comes, and what to try.
demo-your-phone = your phone
demo-refused = FCM did not take it: { $cause }
demo-queue = 911's queue: { $state }
demo-queue-now = level { $level } · { $summary }
demo-clock = the clock goes on by
demo-goes-on = Ampara goes on serving at { $base }. What to try next:
demo-try-press = 1. Ana presses again, and it is shown here:
demo-try-sign-in = 2. { $name } signs in at the 911 centre:
demo-try-token = 3. Fresh tokens, for ana, beatriz, carmen, olga or saul:
demo-try-step = To see what a minute without an answer brings: the same with `step 60s` for `token ana`.
demo-pages = The API's pages: { $base }/docs
demo-codes = A phone signs in as one of the made-up numbers, +52 614 555 01 and two digits (Ana is 01), with the code 000000.
demo-authenticator = For an authenticator app (made up, for this machine alone):
demo-stop = Stop with Ctrl-C.
demo-stepped = The demo's clock went on by { $seconds } s.

# What is wrong, and what to do.
demo-bind-elsewhere = the demo's sign-ins are on the screen for all to read: --bind takes only an address of this machine, and --lan opens it to the local network
demo-port-taken = another program listens at { $address }: stop it, or choose another port by `--bind 127.0.0.1:8090`
demo-none = there is no demo in { $folder }: start `ampara demo` first
demo-not-running = no demo is running in { $folder }: start `ampara demo` first
demo-no-answer = the demo does not answer: is it running, and at that --bind?
demo-people = the demo's people are ana, beatriz, carmen, olga and saul

# `--lan`.
demo-lan-warning = WARNING: everyone on this network can use the demo, without TLS. Its people, sign-ins and codes
demo-lan-made-up = are on this screen. They are made up: put no real name, number or place into it.
demo-lan-address = Phones reach it at { $base }.
demo-lan-none = this machine is on no network: join one, or leave out --lan

# `--fcm`.
demo-fcm = Pushes of { $app } really leave, by FCM. Everything else stays on this machine.

# `ampara rehearse`: before it begins.
rehearse-warning = WARNING: this really sends 4 texts and { $calls } calls to { $number } within some { $seconds } s, by the providers of these settings. It costs what they cost, and it wakes who sleeps beside that phone: agree on it with the supervisor first. No other number is reached. The woman, her contact and the record are made up, on a server of their own that is deleted at the end; the real one is only read.
rehearse-confirm = Nothing was sent. Say --yes to begin.
rehearse-no-municipality = there is no municipality { $code }: `ampara municipality list` shows them
rehearse-no-number = { $number } is no telephone number: write it as +52 and ten digits
rehearse-no-texts = no text can leave: set [sms] in the settings and `ampara municipality { $code } --sms-sender`, then see `ampara doctor`
rehearse-stopped = { $number } has said STOP and gets nothing, no alarm either: the supervisor has to reply START to the number that it was said to
rehearse-interrupted = stopped by hand; the text that ends the drill was sent

# The evening, line by line.
rehearse-presses = a made-up woman presses; no operator is on shift
rehearse-text = text to your phone
rehearse-call = call to your phone
rehearse-contact = her contact, made up: shown here, not sent
rehearse-taken = taken by the provider
rehearse-again = not taken ({ $cause }); tried again
rehearse-refused = REFUSED: { $cause }
rehearse-see-text = → the phone should show the text within a minute
rehearse-hear-call = → the phone should ring for up to 25 s; who picks up hears the words twice, and then a key is asked for
rehearse-waits = no operator claims the record; in { $seconds } s supervisors are alarmed again
rehearse-closes = she closes her alert; the evening is over

# The verdict.
rehearse-texts = Alarms by text: { $taken } of { $wanted } taken by the provider.
rehearse-texts-refused = { $cause }: see `ampara doctor` for the account and the sender, and the provider's own page for the code
rehearse-calls = Alarms by call: { $taken } of { $wanted } taken by the provider.
rehearse-calls-refused = { $cause }: see `ampara doctor` for [voice], and the provider's own page for the code and for calls to this country
rehearse-no-calls = No call was made: [voice] or the municipality's voice_sender is not set. A text alone wakes few.
rehearse-unannounced = The text that begins or ends the drill was not taken ({ $cause }): tell the supervisor in person that the drill is over. See `ampara doctor` for the account and the sender.
rehearse-works = All was taken. Now ask the person with the phone: did every text and call arrive? What the provider took and the phone did not get is for the provider's log.
rehearse-fails = Not all was taken: on a real night this supervisor would not have been alarmed in every way. Correct what is named above and rehearse again.

# Her own phone, inside the app: how her alert stands, in a sentence.
her-drill = Drill.
her-nobody = Nobody of your network can be told.
her-reached = Your alert reached { $reached } of { $total }.
her-coming-one = One is on the way.
her-coming-some = { $n } are on the way.
her-with-one = One says to be with you.
her-with-some = { $n } say to be with you.
her-911-not-told = 911 has not been told.
her-911-waiting = If nobody answers, 911 will be told.
her-911-told = Waiting for 911 to take it.
her-911-call = Nobody at 911 has taken it: call 911.
her-911-has-it = 911 has it since { $time }.
her-911-unit-sent = 911 sent a unit at { $time }.
her-911-on-scene = The unit got there at { $time }.
her-911-done = 911 finished its part at { $time }.
her-alone = Call 911.
her-cancelled = You cancelled your alert.
her-resolved = You closed your alert.
her-expired = Your alert ended by itself: a day passed without news of you.
her-drill-over = The drill is over. It reached { $reached } of { $total }.

# Her own phone: one of those she chose.
her-contact-on-my-way = On the way. Answered at { $time }.
her-contact-with-her = Said to be with you at { $time }.
her-contact-cannot-help = Cannot help. Answered at { $time }.
her-contact-seen = Has seen it.
her-contact-delivered = Has it.
her-contact-sent = Sent; the phone has not confirmed yet.
her-contact-sending = Sending.
her-contact-expired = Could not be told in time.
her-contact-failed = Could not be told.
her-contact-not-in-drills = Takes no part in drills.

# Her own phone: each way over which that contact was told.
her-over-push = App: { $what }
her-over-text = SMS: { $what }
her-over-call = Call: { $what }
her-over-mail = E-mail: { $what }
her-way-sending = on its way
her-way-trying = has not left ({ $cause }); still trying
her-way-sent = sent at { $time }, not confirmed
her-way-delivered = arrived at { $time }
her-way-seen = seen at { $time }
her-way-expired = did not arrive in time
her-way-failed = did not arrive: { $cause }

# The cause, inside the sentences above.
cause-unregistered = the app or the number is gone
cause-bad_address = the number is wrong
cause-bad_request = a fault of this service; those who mend it have been told
cause-sender_mismatch = a fault of this service; those who mend it have been told
cause-not_authorised = a fault of this service; those who mend it have been told
cause-not_configured = this service cannot send that way
cause-address_retired = that address is no longer used
cause-opted_out = that number asked for no messages
cause-undelivered = the carrier could not deliver it
cause-rejected = the carrier refused it
cause-no_key_pressed = somebody or a mailbox picked up, and pressed no key
cause-busy = the line was busy
cause-no_answer = nobody picked up
cause-call_failed = the call could not be put through
cause-call_cancelled = the call was called off before anybody picked up
cause-quota = there are too many messages
cause-unavailable = the message service does not respond
cause-internal = the message service failed
cause-timed_out = the message service did not answer in time
cause-unreadable = a fault of this service; those who mend it have been told
cause-dead_letter = a fault of this service; those who mend it have been told
cause-alert_closed = the alert ended before
cause-became_real = the drill became a real alert
cause-contact_removed = no contact of yours any more
cause-no_address = there is no way to tell this contact
cause-other = it could not be delivered

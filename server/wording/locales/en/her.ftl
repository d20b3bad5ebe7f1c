# Her own phone, inside the app: how her alert stands, in a sentence.
her-drill = Drill.
her-nobody = None of your contacts can be reached.
her-reached = Your alert reached { $reached } of { $total } contacts.
her-coming-one = One person is on the way.
her-coming-some = { $n } people are on the way.
her-with-one = One person says they are with you.
her-with-some = { $n } people say they are with you.
her-911-not-told = 911 has not been notified.
her-911-waiting = If no contact answers, 911 will be notified.
her-911-told = Waiting for a 911 operator to take it.
her-911-call = Call 911. No operator has taken this alert yet.
her-911-has-it = 911 has had it since { $time }.
her-911-unit-sent = 911 sent a unit at { $time }.
her-911-on-scene = The unit arrived at { $time }.
her-911-done = 911 finished its part at { $time }.
her-alone = Call 911.
her-cancelled = You cancelled your alert.
her-resolved = You closed your alert.
her-expired = Your alert ended on its own: a day passed without news from you.
her-drill-over = The drill is over. It reached { $reached } of { $total } contacts.

# Her own phone: one of those she chose.
her-contact-on-my-way = On the way. Answered at { $time }.
her-contact-with-her = Said at { $time } that they are with you.
her-contact-cannot-help = Cannot help. Answered at { $time }.
her-contact-seen = Has seen it.
her-contact-delivered = It arrived.
her-contact-sent = Sent. The phone has not confirmed it yet.
her-contact-sending = Sending.
her-contact-expired = Could not be reached in time.
her-contact-failed = Could not be reached.
her-contact-not-in-drills = Does not take part in drills.

# Her own phone: each way over which that contact was told.
her-over-push = App: { $what }
her-over-text = SMS: { $what }
her-over-call = Call: { $what }
her-over-mail = Email: { $what }
her-way-sending = on its way
her-way-trying = not sent yet ({ $cause }); still trying
her-way-sent = sent at { $time }, not confirmed
her-way-delivered = arrived at { $time }
her-way-seen = seen at { $time }
her-way-expired = did not arrive in time
her-way-failed = did not arrive: { $cause }

# The cause, inside the sentences above.
cause-unregistered = the app was removed or the number no longer exists
cause-bad_address = the number is wrong
cause-bad_request = a fault in this service; the people who run it have been notified
cause-sender_mismatch = a fault in this service; the people who run it have been notified
cause-not_authorised = a fault in this service; the people who run it have been notified
cause-not_configured = this service cannot send that way
cause-address_retired = that address is no longer used
cause-opted_out = that number asked not to get messages
cause-undelivered = the carrier could not deliver it
cause-rejected = the carrier refused it
cause-no_key_pressed = a person or voicemail answered, and no key was pressed
cause-busy = the line was busy
cause-no_answer = the call was not answered
cause-call_failed = the call could not be put through
cause-call_cancelled = the call was cancelled before it was answered
cause-quota = too many messages at once
cause-unavailable = the message service does not respond
cause-internal = the message service failed
cause-timed_out = the message service did not answer in time
cause-unreadable = a fault in this service; the people who run it have been notified
cause-dead_letter = a fault in this service; the people who run it have been notified
cause-alert_closed = the alert ended before
cause-became_real = the drill became a real alert
cause-pressed_again = you pressed again before it left
cause-restored = it was waiting when the server was restored
cause-contact_removed = no longer your contact
cause-no_address = there is no way to reach this contact
cause-other = it could not be delivered

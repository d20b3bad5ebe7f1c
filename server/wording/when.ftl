# When each text is sent, for docs/wording.md. For a text without a line here the page shows the comment above it in
# locales/en.
lock-alarm = She pressed; no alias was agreed on for the lock screen.
lock-alarm-alias = She pressed; repeated until the contact answers. With the alias that the contact agreed to.
lock-again = She pressed again, at most once a minute.
lock-again-alias = She pressed again, at most once a minute.
lock-call-911 = Policy `now`, and no operator had claimed the record after a minute. Once.
lock-no-news = A day passed without a press or a place. Never "it is over".
lock-over = She ended the alert, by either PIN. Once.
lock-drill = A drill, to the contacts who take part. Once.
lock-no-drill = The drill became an alarm: to the contacts who got the drill.
lock-reminder = Her own phone, at most once a month, by day: part of her readiness is weak, or she has not rehearsed for a month.
sms-alarm = As lock-alarm, where there is no app or no phone has confirmed for 30 s.
sms-alarm-alias = As lock-alarm-alias, where there is no app or no phone has confirmed for 30 s.
sms-again = As lock-again.
sms-again-alias = As lock-again-alias.
sms-call-911 = As lock-call-911.
sms-no-news = As lock-no-news.
sms-over = As lock-over.
sms-drill = As lock-drill.
sms-no-drill = As lock-no-drill.
sms-sign-in = A sign-in with this number was requested. Sent after STOP too.
sms-invitation = She asks this person to be her contact. At most three a day to one number.
sms-supervisor-unclaimed = A supervisor's own phone: no operator has claimed the record for a minute, or the claim had no step.
sms-supervisor-alone = A supervisor's own phone: a record came and no operator is connected.
call-no-drill = As lock-no-drill.
mail-no-drill = As lock-no-drill.

# When each text is sent, for docs/wording.md. A text without a line here is told there by the comment above it in
# locales/en.
lock-alarm = She pressed. Nothing was agreed on that the lock screen may call her.
lock-alarm-alias = She pressed; repeated until the contact answers.
lock-again = She pressed again, at most once a minute.
lock-again-alias = She pressed again, at most once a minute.
lock-call-911 = Policy `now`, and nobody at 911 had taken it after a minute. Once.
lock-no-news = A day passed without a press or a place. Never "it is over".
lock-over = She ended it, by whichever PIN. Once.
lock-drill = A drill, to those who take part. Once.
lock-no-drill = The drill became an alarm, to those who had been told of the drill.
lock-reminder = Her own phone, at most once a month, by day: something of her readiness is weak, or she has not rehearsed for a month.
sms-alarm = As lock-alarm, where there is no app or no phone has confirmed for 30 s.
sms-alarm-alias = As lock-alarm-alias, where there is no app or no phone has confirmed for 30 s.
sms-again = As lock-again.
sms-again-alias = As lock-again-alias.
sms-call-911 = As lock-call-911.
sms-no-news = As lock-no-news.
sms-over = As lock-over.
sms-drill = As lock-drill.
sms-no-drill = As lock-no-drill.
sms-sign-in = Somebody asked to sign in with this number. Goes out after STOP too.
sms-invitation = She asks somebody to be her contact. At most three a day to one number.
sms-supervisor-unclaimed = A supervisor's own phone: nobody has taken the record for a minute, or nothing followed.
sms-supervisor-alone = A supervisor's own phone: a record came and nobody is connected.
call-no-drill = As lock-no-drill.
mail-no-drill = As lock-no-drill.

# Her own phone, once a month: whoever holds it does not learn what it is about.
lock-reminder = You have a reminder

# Prueba que pide quien opera el servidor (ampara doctor).
lock-trial = Prueba de Ampara. No tienes que hacer nada.
sms-trial = Prueba de Ampara: este mensaje llego bien. No tienes que hacer nada.
call-trial = Esta es una prueba de Ampara. Nadie está en peligro. Marca 1 si la oíste.

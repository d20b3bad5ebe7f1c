# Prueba que pide quien opera el servidor (ampara doctor).
lock-trial = Prueba de Ampara. No tienes que hacer nada.
sms-trial = Prueba de Ampara: este mensaje llego bien. No tienes que hacer nada.
call-trial = Esta es una prueba de Ampara. Nadie está en peligro. Marca 1 si la oíste.
# El ensayo que pide quien opera el servidor (ampara rehearse): antes del primer aviso de prueba, y después del último.
sms-rehearsal-begins = ENSAYO de Ampara: en unos minutos te llegan avisos de prueba del 911. Nadie corre peligro. Avisa a quien lo organiza si algo no llega.
sms-rehearsal-ends = Fin del ENSAYO de Ampara. Los avisos que sigan son de verdad.

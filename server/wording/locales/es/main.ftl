# Pantalla bloqueada: ni nombre ni lugar. {who} es el alias acordado, si lo hay.
lock-alarm = Tienes un aviso urgente
lock-alarm-alias = { $who } te necesita. Abre la app.
lock-again = Aviso urgente otra vez
lock-again-alias = { $who } volvió a pedir ayuda. Abre la app.
lock-call-911 = Nadie en el 911 ha tomado este aviso: llama al 911
lock-no-news = Sin noticias en un aviso tuyo. Abre la app.
lock-over = Un aviso terminó. Abre la app.
lock-drill = SIMULACRO: es una prueba, nadie corre peligro

# SMS: letras de GSM-7.
sms-alarm = Tienes un aviso urgente. Abre para ver quien y como ayudar: { $link }
sms-alarm-alias = { $who } te necesita. Abre para ver como ayudar: { $link }
sms-again = Aviso urgente otra vez. Abre: { $link }
sms-again-alias = { $who } volvio a pedir ayuda. Abre: { $link }
sms-call-911 = Nadie en el 911 ha tomado este aviso. Llama al 911. { $link }
sms-no-news = Sin noticias en un aviso tuyo. No sabemos si termino. { $link }
sms-over = El aviso termino. Gracias por estar. { $link }
sms-drill = SIMULACRO. Es una prueba, nadie corre peligro. { $link }
sms-sign-in = { $code } es tu clave para entrar. Nadie te la va a pedir.
sms-invitation = { $who } quiere que seas su contacto de confianza. Conoce y decide: { $link } STOP para no recibir mas.
sms-supervisor-unclaimed = 911: folio { $folio } sin tomar. Entra a la consola.
sms-supervisor-alone = 911: folio { $folio } y nadie en turno. Entra a la consola.

# Correo: el asunto se ve en la pantalla bloqueada; ni nombre ni lugar.
mail-alarm = Tienes un aviso urgente
mail-alarm-alias = { $who } te necesita
mail-again = Aviso urgente otra vez
mail-again-alias = { $who } volvió a pedir ayuda
mail-call-911 = Nadie en el 911 ha tomado este aviso: llama al 911
mail-no-news = Sin noticias en un aviso tuyo; no sabemos si terminó
mail-over = El aviso terminó. Gracias por estar
mail-drill = SIMULACRO: es una prueba, nadie corre peligro
mail-frame =
    { $words }.

    Ábrelo aquí:
    { $link }

    Nadie lee las respuestas a este correo. Para dejar de recibirlo, abre el enlace de tu invitación.
mail-confirm = Confirma tu correo
mail-confirm-text =
    Alguien dio esta dirección para recibir avisos urgentes. Si fuiste tú, confírmalo aquí:
    { $link }

    Si no fuiste tú, no hagas nada: no te llegará otro correo y la dirección se olvida.

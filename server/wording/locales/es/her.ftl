# Su propio teléfono, dentro de la app: cómo va su aviso, en una frase.
her-drill = Simulacro.
her-nobody = No hay a quién avisar de tu red.
her-reached = Tu aviso llegó a { $reached } de { $total }.
her-coming-one = Alguien va en camino.
her-coming-some = { $n } personas van en camino.
her-with-one = Alguien dijo que está contigo.
her-with-some = { $n } personas dijeron que están contigo.
her-911-not-told = El 911 no está avisado.
her-911-waiting = Si nadie contesta, se avisará al 911.
her-911-told = Falta que alguien del 911 lo tome.
her-911-call = Nadie en el 911 lo ha tomado: llama al 911.
her-911-has-it = El 911 lo tiene desde las { $time }.
her-911-unit-sent = El 911 mandó una unidad a las { $time }.
her-911-on-scene = La unidad llegó a las { $time }.
her-911-done = El 911 terminó su parte a las { $time }.
her-alone = Llama al 911.
her-cancelled = Cancelaste tu aviso.
her-resolved = Cerraste tu aviso.
her-expired = Tu aviso terminó solo: pasó un día sin noticias tuyas.
her-drill-over = El simulacro terminó. Llegó a { $reached } de { $total }.

# Su propio teléfono: una persona de su red.
her-contact-on-my-way = Va en camino. Contestó a las { $time }.
her-contact-with-her = Dijo que está contigo a las { $time }.
her-contact-cannot-help = No puede ayudar. Contestó a las { $time }.
her-contact-seen = Ya lo vio.
her-contact-delivered = Ya le llegó.
her-contact-sent = Enviado; su teléfono aún no confirma.
her-contact-sending = Enviando.
her-contact-expired = No se le pudo avisar a tiempo.
her-contact-failed = No se le pudo avisar.
her-contact-not-in-drills = No recibe simulacros.

# Su propio teléfono: cada vía por la que se avisó a esa persona.
her-over-push = App: { $what }
her-over-text = SMS: { $what }
her-over-call = Llamada: { $what }
her-over-mail = Correo: { $what }
her-way-sending = en camino
her-way-trying = no ha salido ({ $cause }); se sigue intentando
her-way-sent = enviado a las { $time }, sin confirmar
her-way-delivered = llegó a las { $time }
her-way-seen = visto a las { $time }
her-way-expired = no llegó a tiempo
her-way-failed = no llegó: { $cause }

# La causa, dentro de las frases de arriba.
cause-unregistered = la app o el número ya no existe
cause-bad_address = el número está mal
cause-bad_request = falla de este servicio, ya se avisó a quien la corrige
cause-sender_mismatch = falla de este servicio, ya se avisó a quien la corrige
cause-not_authorised = falla de este servicio, ya se avisó a quien la corrige
cause-not_configured = este servicio no puede enviar por ahí
cause-address_retired = esa dirección dejó de usarse
cause-opted_out = ese número pidió no recibir mensajes
cause-undelivered = la compañía telefónica no pudo entregarlo
cause-rejected = la compañía telefónica lo rechazó
cause-no_key_pressed = contestó alguien o un buzón, y no marcó nada
cause-busy = la línea estaba ocupada
cause-no_answer = nadie contestó la llamada
cause-call_failed = la llamada no pudo entrar
cause-call_cancelled = la llamada se cortó antes de que contestaran
cause-quota = hay demasiados mensajes
cause-unavailable = el servicio de mensajes no responde
cause-internal = el servicio de mensajes falló
cause-timed_out = el servicio de mensajes no contestó a tiempo
cause-unreadable = falla de este servicio, ya se avisó a quien la corrige
cause-dead_letter = falla de este servicio, ya se avisó a quien la corrige
cause-alert_closed = el aviso terminó antes
cause-became_real = el simulacro pasó a ser aviso real
cause-pressed_again = volviste a pedir ayuda antes de que saliera
cause-restored = estaba en espera antes de que se restaurara el servidor
cause-contact_removed = ya no es tu contacto
cause-no_address = no hay por dónde avisarle
cause-other = no se pudo entregar

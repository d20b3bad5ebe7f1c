# `--help` en español. La clave es el comando, y cada atributo un argumento. En inglés lo dicen los comentarios del código.
help = Ampara, un servidor de avisos de emergencia que cada municipio instala en sus máquinas
    .config = Un archivo TOML que cambia los valores de fábrica (`ampara print-config --defaults` los muestra con sus comentarios)

help-serve = Dar servicio hasta SIGTERM o SIGINT

help-demo = Mostrar lo principal con personas inventadas en Chihuahua, y seguir en servicio; nada sale de esta máquina, salvo con --fcm
    .data = Dónde se guardan la base de datos y las llaves de la demostración
    .bind = Dónde escuchar; sólo una dirección de esta máquina, salvo con --lan
    .lan = Permitir que la usen también teléfonos de la red local; su dirección se muestra como código QR
    .fcm = Enviar de verdad los push a una app de usted: la cuenta de servicio de su proyecto de Firebase
    .app_id = El id de la app, como se registra para recibir push
    .once = Detenerse después de la historia en vez de seguir en servicio
help-demo-token = Imprimir tokens nuevos de una persona de la demostración en marcha: ana, beatriz o carmen; para olga y saul, que trabajan en el 911, una entrada para pegar
    .name = De quién
help-demo-step = Adelantar el reloj de la demostración en marcha, para ver qué pasa tras un minuto sin respuesta
    .by = Cuánto: 60s, 5m o 2h

help-migrate = Poner al día las tablas de la base de datos (con SQLite, `serve` lo hace solo)

help-backup = Escribir una copia de la base SQLite, también mientras está en servicio; el directorio de llaves se respalda aparte
    .to = El archivo que se escribe; aún no debe existir
    .noted = PostgreSQL: anotar que sus propias herramientas acaban de terminar un respaldo, para que `doctor` pueda decir si falta uno

help-restore = Poner un respaldo en el lugar de la base SQLite (con el servidor detenido), o ver y liberar lo que una restauración trajo de vuelta
    .from = Un archivo que escribió `ampara backup`
    .list = Listar lo que volvió, por ids: alertas abiertas y, con SQLite, lo que se deshizo
    .release = Dejar que las alertas de antes de la restauración vuelvan a hablar, cuando ya leyó la lista

help-keys = Hacer, listar, cambiar y destruir las llaves de `seal.key_dir`
help-keys-make = Hacer el directorio, sus primeras llaves y las llaves de época de las semanas que vienen, donde falten
    .weeks = Para cuántas semanas por adelantado, de 0 a 520. Varios nodos necesitan los mismos archivos: hágalos por adelantado y cópielos
help-keys-list = Listar las épocas cuyas llaves están, primero la más antigua
help-keys-destroy = Destruir las llaves de época que pasaron de `alerts.retention_weeks`, como lo hace el servidor cada día: ninguna copia de la base abre ya los lugares de esas semanas. Lo que debe durar más que su semana se envuelve antes de nuevo
    .dry_run = Decir qué se haría, y no hacer nada
help-keys-rotate = Agregar una llave de sello nueva: los nodos sellan con ella a más tardar desde su siguiente arranque, y las anteriores siguen abriendo

help-centre = Importar y listar los centros del 911 y su territorio
help-centre-import = Agregar los centros de un archivo GeoJSON, o cambiar los del mismo código; ninguno se quita
    .file = Una FeatureCollection: un (Multi)Polygon cada uno, con las propiedades `code`, `name`, `rank`, `default`, `backup`
    .municipality = El código del municipio, como `chihuahua`
help-centre-retire = No dar más registros a un centro que cierra; sus operadores terminan los que tiene. Importar de nuevo su código lo trae de vuelta
    .code = El código del centro
    .municipality = El código del municipio, como `chihuahua`
help-centre-list = Listar los centros, primero el de menor rango
    .municipality = Sólo los de este municipio

help-audit = Revisar la bitácora de lectura: quién abrió los datos de ella
help-audit-verify = Recorrer la cadena de hashes de cada registro. Sale con 1 si un renglón se alteró, se quitó o se coló
    .heads = Imprimir también la cabeza de cada cadena: guardada en otra parte y comparada la próxima vez, muestra una cadena recortada
    .json = Imprimir un objeto JSON: cuentas, cadenas rotas, y las cabezas si se piden

help-municipality = Dar de alta municipios: cada uno con su aviso de privacidad, sus líneas de ayuda y sus apps
help-municipality-add = Agregar el municipio que describe un archivo TOML (`ampara municipality example` imprime uno)
    .file = La descripción
    .change = Cambiar el municipio de ese código, que ya está
help-municipality-chihuahua = Agregar Chihuahua con su aviso de privacidad, líneas de ayuda y un contorno burdo de su centro, si aún no está
    .sms_sender = El número o servicio de mensajes del que salen sus SMS
    .sms_second_sender = Lo mismo con el segundo proveedor de SMS
    .voice_sender = El número desde el que llama
    .apps = Una app cuyos usuarios son suyos; puede darse más de una vez
help-municipality-list = Listarlos: código, nombre, zona horaria, lada, remitentes de SMS y de llamadas, apps
help-municipality-example = Imprimir una descripción para empezar

help-doctor = Decir qué no funcionaría esta noche: ajustes, base de datos, llaves, reloj, FCM, SMS, llamadas, correo, quién está en turno; al lado de un servidor en marcha
    .json = Imprimir un objeto JSON: `findings` (level, check, found, remedy, tonight) y `works` (true o false)
    .send_sms = Enviar de verdad un SMS de prueba a este número, por cada proveedor configurado
    .push = Enviar de verdad un push de prueba a este token de un teléfono
    .app = La app del token; si no se dice, la primera de los ajustes
    .call = Llamar de verdad a este número
    .municipality = De qué municipio usar los números y el idioma

help-rehearse = Ensayar una velada en la que nadie contesta en el 911, con personas inventadas: al teléfono real de un supervisor llegan SMS y llamadas. Dice qué salió y qué contestó el proveedor
    .number = El número del supervisor, el único al que se envía algo
    .yes = Empezar. Sin ella se dice qué se enviaría, y a dónde
    .municipality = De qué municipio usar los números y el idioma
    .pause = Cuánto después del SMS que anuncia el ensayo oprime la mujer, en segundos: de 0 a 600

help-trace = Decir qué pasó con un aviso y cuándo, por ids y códigos: ni nombre, ni número, ni lugar
    .which = El id del aviso, el de su registro, o su folio, como CUU-26-000123
    .json = Imprimir un objeto JSON: qué es, y `lines` (ms, at, what, words)

help-outbox = Ver los mensajes que se apartaron porque el código falló con ellos
help-outbox-list = Listar los que no se han descartado, primero el más antiguo, 100 como máximo, por ids y códigos
    .json = Imprimir un objeto JSON por renglón
help-outbox-dismiss = Decir que ya los revisó: dejan de contar, y quedan como están en la línea de tiempo del aviso
    .ids = Los ids de las notificaciones, como los muestra `list`

help-print-config = Imprimir los ajustes en vigor, como TOML y sin secretos
    .defaults = Imprimir los valores de fábrica con sus comentarios: el manual de cada ajuste

help-openapi = Imprimir la descripción de la API (OpenAPI 3.1, YAML), como está en mobile-api-spec/openapi.yaml

help-operator = Agregar, cambiar, desactivar y listar operadores, al lado de un servidor en marcha
help-operator-add = Agregar un operador; la contraseña y el URI del autenticador se muestran una sola vez
    .sign_in_name = Nombre para entrar: de 3 a 40 de a-z, 0-9, ".", "-", "_"
    .name = Nombre completo; con él se reconoce a un oficial nombrado en un conflicto
    .role = operator, supervisor, administrator o auditor
    .municipality = El código del municipio
    .centre = El código del centro; los operadores y supervisores necesitan uno
    .corporation = Corporación, como DSPM
    .badge = Número de placa o de empleado
    .unlisted = Recibe los registros de quienes nombraron a un oficial
    .phone = Su propio teléfono, para alarmas
    .email = Su propio correo, para alarmas
    .language = es o en
    .password_stdin = Leer la contraseña de la primera línea de la entrada estándar; si no, se sortea una y se muestra
help-operator-reset = Dar a un operador contraseña y secreto de autenticador nuevos, terminar sus sesiones, quitar un bloqueo, activarlo de nuevo
    .sign_in_name = Nombre para entrar
    .password_stdin = Leer la contraseña de la primera línea de la entrada estándar; si no, se sortea una y se muestra
help-operator-change = Cambiar nombre, papel, centro o teléfono de un operador; con otro papel o centro terminan sus sesiones
    .sign_in_name = Nombre para entrar
    .name = Nombre completo; con él se reconoce a un oficial nombrado en un conflicto
    .role = operator, supervisor, administrator o auditor
    .centre = El código del centro
    .phone = Su propio teléfono, para alarmas; toma el lugar del anterior
    .no_phone = Ya no por teléfono
    .municipality = El código del municipio
help-operator-disable = Desactivar a un operador: sus sesiones y alarmas terminan de inmediato
    .sign_in_name = Nombre para entrar
help-operator-email = Enviar las alarmas de un operador también por correo, o ya no
    .sign_in_name = Nombre para entrar
    .address = El buzón; toma el lugar del anterior
    .remove = Ya no por correo
help-operator-webhook = Enviar las alarmas de un operador también al webhook de un localizador, o ya no; el secreto que las firma se muestra una sola vez
    .sign_in_name = Nombre para entrar
    .url = A dónde: https, y ninguna dirección dentro de una red salvo las de webhook.allow; toma el lugar de la anterior
    .remove = Ya no por webhook
help-operator-list = Listar los operadores de un municipio
    .municipality = El código del municipio

help-completions = Imprimir el guión con que un shell completa comandos y opciones; el paquete instala los de bash, zsh y fish
    .shell = El shell que lo lee
help-man = Escribir las páginas de manual en una carpeta: ampara.1, y una por comando, como ampara-keys-make.1
    .folder = Una carpeta que existe; las páginas del mismo nombre se sobrescriben

# La página del operador. Palabras sencillas para quien está bajo presión; $name es el nombre de quien ayuda.

app-name = Sightline
checking = Un momento…

# Entrar
join-title = La ayuda está a un toque
join-text = Empieza con un chat. La cámara sigue apagada hasta que decidas mostrar algo.
join-back-title = Hola de nuevo
join-back-text = Tu chat con { $name } sigue aquí.
join-back-text-unnamed = Tu chat sigue aquí.
join-name = Tu nombre
join-name-hint = ¿Cómo te llamamos?
join-button = Entrar
join-back-button = Volver a entrar
join-busy = Conectando…
join-lock = Solo tú y quien te envió este enlace

# Quién está
lock-only = Solo tú y { $name }
lock-others = { $others ->
    [one] Tú, { $name } y 1 persona más
   *[other] Tú, { $name } y { $others } personas más
}
lock-unknown = Solo tú y quien te invitó
lock-title = Esta conversación es privada
lock-text = Todo se cierra en este dispositivo y solo se abre en el de { $name }. El servidor de en medio no puede leerlo.
lock-words = Para saber que de verdad es { $name }, comparad estas palabras por teléfono. Deben ser las mismas en ambos lados.
lock-proved = Se ha comprobado que { $name } está de verdad al otro lado.
lock-fallback-name = quien te ayuda

# Cómo está la conexión
status-here = Está contigo
status-weak = Conexión débil
status-reconnecting = Conexión perdida, reintentando…
status-away = No está
status-offline = Sin conexión. Seguimos intentándolo.
status-admitted = Ya estás dentro, conectando…
status-waiting = Sabe que estás aquí
status-knocking = Avisando de que estás aquí…
status-opening = Conectando…

# Sala
room-empty-title = Saluda
room-empty-text = Cuéntale a { $name } qué necesitas.
room-waiting-title = Esperando a que { $name } te deje entrar
room-waiting-text = Ya puedes escribir. { $name } ve estas mismas cuatro palabras:
room-away-title = { $name } no está ahora
room-away-text = Lo que envíes estará ahí cuando { $name } vuelva. Puedes cerrar esta página y volver con el mismo enlace.
room-away-member = Lo que escribas se guarda en este dispositivo y se envía cuando { $name } vuelva. Deja esta página abierta o vuelve más tarde.
room-loading = Cargando tus mensajes…
room-earlier = Mensajes anteriores
composer-label = Mensaje
composer-hint = Mensaje…
composer-send = Enviar
composer-too-long = { $over ->
    [one] Sobra 1 carácter
   *[other] Sobran { $over } caracteres
}
show-button = Mostrar lo que veo
show-starting = Encendiendo la cámara…
message-from = { $name } dice
message-mine = Tú
message-waiting = Sin enviar
message-stored = Esperando a { $name }
message-delivered = Entregado
day-today = Hoy
day-yesterday = Ayer

# Quien ayuda pregunta
ask-title = A { $name } le gustaría ver
ask-text = ¿Puede { $name } ver por tu cámara? Puedes parar cuando quieras. No se envía sonido.
ask-show = Mostrar
ask-not-now = Ahora no

# En directo
live-watching = { $name } está mirando
live-shown = { $name } puede ver esto
live-weak = Conexión débil
live-reconnecting = Conexión perdida, reintentando…
live-away = { $name } no está
live-paused = El teléfono ha pausado la cámara
live-preview = Lo que ve { $name }
live-flip = Girar
live-flip-label = Girar a la otra cámara
live-freeze = Congelar
live-freeze-label = Congelar la imagen y dibujar en ella con { $name }
live-chat = Chat
live-chat-label = { $unread ->
    [0] Chat
    [one] Chat, 1 mensaje nuevo
   *[other] Chat, { $unread } mensajes nuevos
}
live-chat-close = Cerrar el chat
live-stop = Parar
live-stop-label = Parar de mostrar la cámara
live-stopped = Parado. { $name } ya no ve nada.
live-undo = Deshacer
toast-label = Mensaje nuevo, toca para leerlo:

# Menú
menu-label = Más
menu-words = ¿De verdad es { $name }?
menu-leave = Salir del chat
menu-close = Cerrar

# Sesiones guardadas
sessions-title = Tus chats
sessions-text = Guardados solo en este dispositivo.
sessions-empty-title = Necesitas un enlace
sessions-empty-text = Quien te ayuda te lo envía por mensaje o correo. Tócalo o pégalo aquí.
sessions-ended = Terminado
sessions-forget = Olvidar
sessions-forget-label = Olvidar en este dispositivo el chat con { $name }
sessions-forget-sure = ¿Olvidarlo?
sessions-someone = Alguien

# Otros lugares
elsewhere-title = Abierto en otra pestaña
elsewhere-text = Este chat está abierto en otra pestaña o ventana de este navegador.
elsewhere-use = Usarlo aquí
ended-title = La sesión ha terminado
ended-text = Gracias. Lo escrito queda en este dispositivo.
ended-left-title = Has salido del chat
ended-read = Leer el chat
ended-sessions = Tus chats
in-app-title = Ábrelo en tu navegador
in-app-text = { $app } muestra esta página en su propio navegador, que a menudo no puede usar la cámara.
in-app-text-unnamed = Esta aplicación muestra la página en su propio navegador, que a menudo no puede usar la cámara.
in-app-ios = Abrir en Safari
in-app-android = Abrir en tu navegador
in-app-copy = Copiar el enlace
in-app-copy-hint = O copia el enlace y pégalo en Safari o Chrome.
in-app-stay = Seguir aquí
too-old-title = Este navegador es demasiado antiguo
too-old-text = Actualízalo o abre tu enlace en un Safari, Chrome, Edge o Firefox más nuevo, en cualquier dispositivo.
too-old-copy = Copiar el enlace

# Pequeñas confirmaciones
said-copied = Copiado
said-not-copied = No se pudo copiar
new-link-message = Hola, soy { $name }. Mi enlace de Sightline ya no funciona. ¿Me puedes enviar uno nuevo?

# Fallos: qué ha pasado y qué hacer
error-link-wrong = Este enlace no es correcto
error-link-wrong-do = Ábrelo otra vez desde el mensaje o pega aquí el enlace entero.
error-link-cut = Falta una parte del enlace
error-link-cut-do = A veces los mensajes cortan los enlaces. Copia el enlace entero y pégalo aquí.
error-link-unknown = Este enlace ya no existe
error-link-unknown-do = Pide uno nuevo a quien te ayuda.
error-link-expired = Este enlace ha caducado
error-link-expired-do = Pide uno nuevo a quien te ayuda.
error-link-not-yet-valid = Es demasiado pronto
error-link-not-yet-valid-do = Este enlace funciona más tarde. Prueba de nuevo entonces.
error-link-used-up = Este enlace ya se usó
error-link-used-up-do = Si fuiste tú en otro dispositivo, sigue allí. Si no, pide un enlace nuevo.
error-link-revoked = Este enlace se retiró
error-link-revoked-do = Pide uno nuevo a quien te ayuda.
error-record-forged = Esta invitación no es de fiar
error-record-forged-do = Alguien la cambió por el camino. No sigas con este enlace; pide uno nuevo.
error-record-older = Esta invitación está anticuada
error-record-older-do = El servidor dio una más antigua que antes. Prueba de nuevo en un momento.
error-knock-refused = No te han dejado entrar
error-knock-refused-do = Si crees que es un error, pide un enlace nuevo.
error-knock-too-many = Hay demasiada gente esperando
error-knock-too-many-do = Prueba de nuevo en un minuto.
error-knock-damaged = Algo ha fallado por el camino
error-knock-damaged-do = Carga la página de nuevo.
error-removed = Ya no estás en esta sesión
error-removed-do = Aún puedes leer lo escrito.
error-session-closed = La sesión ha terminado
error-session-closed-do = Lo escrito queda en este dispositivo.
error-expert-busy = Quien te ayuda está con otra persona
error-expert-busy-do = Tu mensaje se guarda. Prueba de nuevo en un momento.
error-expert-unproved = No se pudo comprobar quién contestó
error-expert-unproved-do = Por tu seguridad no se mostró nada. Revisa la red y prueba de nuevo.
error-version-unsupported = Esta página está anticuada
error-version-unsupported-do = Cárgala de nuevo para tener la nueva.
error-rendezvous-down = No se puede llegar a { $host }
error-rendezvous-down-do = Revisa tu conexión a internet. Seguimos intentándolo.
error-rendezvous-refused = El servidor está muy ocupado
error-rendezvous-refused-do = Prueba de nuevo en un momento.
error-connection-failed = Sin conexión con { $name }
error-connection-failed-do = Puede que tu red bloquee las llamadas. Otra red puede ayudar; el chat sigue.
error-link-unproved = No se pudo comprobar quién está ahí
error-link-unproved-do = Por tu seguridad se cerró la conexión. Prueba de nuevo.
error-browser-too-old = Este navegador es demasiado antiguo
error-browser-too-old-do = Actualízalo o abre tu enlace en un Safari, Chrome, Edge o Firefox más nuevo.
error-documents-failed = No se pudo cargar el chat
error-documents-failed-do = Mostrar la cámara sí funciona. Carga la página de nuevo para el chat.
error-storage-full = Este dispositivo está lleno
error-storage-full-do = Libera espacio: no se pueden guardar mensajes nuevos.
error-storage-missing = Este navegador no guarda nada
error-storage-missing-do = En una ventana privada el chat desaparece al cerrarla.
error-text-too-long = El mensaje es demasiado largo
error-text-too-long-do = Envíalo por partes.
error-outbox-full = Hay demasiados mensajes esperando
error-outbox-full-do = Se envían en cuanto haya conexión.
error-insecure = Esta dirección no es segura
error-insecure-do = Ábrela con https para usar la cámara.

# Lo que dice el botón de un fallo
remedy-retry = Probar de nuevo
remedy-reload = Cargar de nuevo
remedy-ask-new-link = Pedir un enlace nuevo
remedy-paste-link = Abrir enlace
remedy-open-secure = Abrir con seguridad
remedy-sessions = Tus chats
remedy-none = Vale
paste-label = El enlace entero
paste-wrong = Todavía no es un enlace entero
retry-in = { $seconds ->
    [one] Se reintenta en 1 segundo
   *[other] Se reintenta en { $seconds } segundos
}

# Archivos
attach-photo = Foto
attach-photo-label = Hacer una foto o un vídeo y enviarlo
attach-file = Archivo
attach-file-label = Enviar archivos de este dispositivo
drop-here = Suelta los archivos para enviarlos
toast-file = Envió un archivo
files-title = Archivos
files-empty = Aún no se ha enviado nada. Aquí aparecen las fotos y los archivos de ambos.
files-save-all = Guardar los { $n }
files-saved = Guardado
files-not-saved = No se pudo guardar todo
file-preparing = Preparando…
file-progress = { $have } de { $size }
file-speed = { $speed }/s
file-left-seconds = { $n ->
    [one] Queda 1 segundo
   *[other] Quedan { $n } segundos
}
file-left-minutes = { $n ->
    [one] Queda 1 minuto
   *[other] Quedan { $n } minutos
}
file-left-hours = { $n ->
    [one] Queda 1 hora
   *[other] Quedan { $n } horas
}
file-paused = En pausa
file-waiting = Llega en cuanto { $name } se conecte
file-offered = Es grande. Descárgalo cuando quieras.
file-kept = Guardado aquí; se envía cuando { $name } se conecte
file-keep-open = Deja esta página abierta hasta que se envíe
file-stored = Esperando a { $name }, sellado
file-delivered = { $name } lo tiene
file-gone = Retirado
file-open-label = Ver { $file }
file-open = Abrir { $file }
file-save = Guardar { $file }
file-fetch = Descargar { $file }
file-again = Probar de nuevo con { $file }
file-pause = Pausar { $file }
file-resume = Seguir con { $file }
file-cancel = Cancelar { $file }
file-empty = “{ $file }” está vacío
file-empty-do = Elige otro archivo.
file-too-large = “{ $file }” es demasiado grande
file-too-large-do = Aquí se pueden enviar archivos de hasta { $limit }. Prueba con un vídeo más corto o envíalo por partes.
file-unreadable = No se puede leer “{ $file }”
file-unreadable-do = Se movió o cambió. Elígelo de nuevo.
file-disk-full = En este dispositivo no cabe “{ $file }”
file-disk-full-do = Libera espacio y prueba de nuevo.
file-wrong = “{ $file }” llegó dañado y no se guardó

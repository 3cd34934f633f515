# La página del operador, lo que se muestra junto a la cámara y el chat: se carga cuando hay algo que mostrar.
# Palabras sencillas para una persona con prisa; $name es quien lo muestra.

# Tarjetas
card-back-camera = Cámara
card-back-chat = Chat
card-back-camera-label = Volver a la cámara
card-back-chat-label = Volver al chat
card-all = Todo lo mostrado
picture-coming = La imagen está en camino…
picture-bad = Esta imagen no se puede mostrar aquí.
picture-enlarge = Ampliar
picture-whole = Imagen entera
said-not-frozen = No se pudo congelar la imagen. Prueba de nuevo.
said-no-photo = No ha funcionado. Prueba de nuevo.
said-photo-sent = Foto enviada

# Pizarras
board-of = Imagen de { $name }
board-mine = Tu imagen
board-hint-look = Toca para señalar o dibuja
board-hint-draw = Dos dedos la mueven
board-hint-erase = Toca tus líneas
board-label = { $count ->
    [0] La imagen
    [one] La imagen, con 1 cosa dibujada
   *[other] La imagen, con { $count } cosas dibujadas
}
boards-label = Imágenes
boards-one = Imagen { $number }: { $name }
tools-label = Para dibujar
tool-pen = Trazo
tool-arrow = Flecha
tool-mark = Marca
tool-erase = Borrar
tool-colour = Color
tool-undo = Deshacer
tool-redo = Rehacer
ink-red = Rojo
ink-yellow = Amarillo
ink-green = Verde
ink-blue = Azul
ink-white = Blanco

# El experto pide una foto
photo-title = { $name } te pide una foto nítida
photo-text = Haz una foto de lo que estás viendo.
photo-text-live = Mantén quieto el teléfono y haz la foto.
photo-take = Hacer la foto
photo-taking = Enviando la foto…

# Pasos
steps-from = Pasos de { $name }
steps-progress = { $done } de { $all } respondidos
steps-back = Paso anterior
steps-forward = Paso siguiente
steps-all = Todos los pasos
steps-one = Volver al paso
steps-finished = Ese era el último paso
steps-finished-text = { $name } ve tus respuestas.
step-number = Paso { $number } de { $all }
step-done = Hecho
step-failed = No funciona
step-next = Paso siguiente
step-photo = Añadir foto
step-photo-again = Otra foto
step-photo-name = Paso { $number }.jpg
step-is-done = Hecho
step-is-failed = No funciona
step-note = ¿Qué pasa en su lugar?

# Documentos
page-from = De { $name }
page-hint = Página { $page } de { $all } · { $name }
page-label = Página { $page } de { $all }
page-title = { $name }, página { $page }
page-back = Página anterior
page-forward = Página siguiente
page-follow = Seguir a { $name }: página { $page }
page-draw = Dibujar
page-save = Guardar
page-fetch = Traer
page-fetching = { $percent } %
page-no-preview = No hay vista previa de este archivo.
page-cut = El archivo sigue; guárdalo para leer el resto.

# Texto compartido
text-title = Texto compartido
text-hint = Podéis escribir los dos aquí.
text-hint-viewer = Aquí puedes seguir lo que se escribe.
text-writer = { $name } · línea { $line }

# Todo lo mostrado
all-title = Mostrado hasta ahora
all-count = { $count ->
    [one] 1 cosa que ver
   *[other] { $count } cosas que ver
}
all-pill = { $count ->
    [one] Mostrado hasta ahora: 1 cosa
   *[other] Mostrado hasta ahora: { $count } cosas
}
all-pages = { $count ->
    [one] 1 página
   *[other] { $count } páginas
}
all-text = Texto con { $name }

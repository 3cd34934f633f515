# Palabras que comparten todas las partes de Sightline.

# Funciones
role-lead = Experto principal
role-expert = Experto
role-operator = Operador
role-viewer = Observador

# Si se puede llegar a alguien
presence-here = aquí
presence-reaching = conectando
presence-away = ausente

# Hasta dónde llegó un mensaje
delivery-waiting = Sin enviar
delivery-stored = Guardado y sellado hasta que vuelva
delivery-delivered = Entregado

# Días y horas
day-today = Hoy
day-yesterday = Ayer
day-date = { $day } de { $month } de { $year }
month-1 = enero
month-2 = febrero
month-3 = marzo
month-4 = abril
month-5 = mayo
month-6 = junio
month-7 = julio
month-8 = agosto
month-9 = septiembre
month-10 = octubre
month-11 = noviembre
month-12 = diciembre
left-minutes = { $count } min
left-hours = { $count } h
left-days = { $count ->
    [one] { $count } día
   *[other] { $count } días
}

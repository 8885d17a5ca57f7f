"""Verdicts: what a person, or a comparison with a catalogue, says of something that was found."""

FALSE, TRUE, UNSURE, NOT_UNDERSTOOD = "false", "true", "unsure", "not understood"
VERDICTS = {  # words without capitals, with blanks for what is between them
    word: said
    for said, words in {
        FALSE: "false,f,0,no,n,noise,wrong,fp,none,nothing,bad,false alarm,false positive,no event,"
        "not an event,no earthquake,no arrival,glitch,falso,falsa,ruido,falsa alarma,mal,"
        "falsch,fehlalarm,rauschen,nein,faux,fausse,bruit,non,rumore",
        TRUE: "true,t,1,yes,y,ok,event,earthquake,quake,eq,tp,right,good,real,found,missed,arrival,"
        "true positive,verdadero,verdadera,si,sí,sismo,evento,bien,"
        "richtig,wahr,ja,beben,erdbeben,vrai,oui,séisme,seisme,vero,terremoto",
        UNSURE: "?,unsure,undecided,unknown,maybe,perhaps,doubtful,doubt,skip,dudoso,no se,no sé,"
        "unsicher,unklar,vielleicht,douteux,peut-être,dubbio,forse",
    }.items()
    for word in words.split(",")
}


def verdict_of(text: str) -> str:
    """Return FALSE, TRUE, UNSURE or NOT_UNDERSTOOD, an empty text of an empty one."""
    words = " ".join(text.lower().replace("_", " ").split())
    words = words.removesuffix(".0").strip(".!\"'")
    return VERDICTS.get(words, NOT_UNDERSTOOD) if words else ""
